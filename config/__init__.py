"""What the installation decides: settings, addresses, the server's entry point. No product code."""
