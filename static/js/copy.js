// Buttons that copy a value of the page. Without this file the values can be marked and copied.
document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!navigator.clipboard) {
    return; // only over HTTPS, and on this machine
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = button.dataset.copied;
  });
});
