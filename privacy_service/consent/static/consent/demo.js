/* Shows what the banner tells the page. */
document.addEventListener("consent", ({ detail }) => {
  document.getElementById("nothing").hidden = true;
  const lines = Object.entries(detail.categoryPreferences).map(([key, isAgreed]) => {
    const line = document.createElement("li");
    line.textContent = `${key}: ${isAgreed ? "yes" : "no"}`;
    return line;
  });
  document.getElementById("chosen").replaceChildren(...lines);
});
