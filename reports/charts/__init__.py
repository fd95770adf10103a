"""Chart options as plain data, without colours: these are the stylesheet's."""
