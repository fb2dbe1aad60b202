(function () {
  "use strict";

  // A click on a column header sorts the table by that column. A second click reverses the order. Cells without a value
  // stay at the end.
  function key(row, column) {
    var cell = row.cells[column];
    var value = cell.getAttribute("data-sort");
    return value === null ? cell.textContent.trim() : Number(value);
  }
  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), undefined, { numeric: true });
  }
  function sort(table, heads, column) {
    var up = heads[column].getAttribute("aria-sort") !== "ascending";
    var body = table.tBodies[0];
    var rows = Array.from(body.rows);
    rows.sort(function (left, right) {
      var a = key(left, column), b = key(right, column);
      if ((a === "–") !== (b === "–")) return a === "–" ? 1 : -1;
      return up ? compare(a, b) : compare(b, a);
    });
    rows.forEach(function (row) { body.appendChild(row); });
    heads.forEach(function (head) { head.removeAttribute("aria-sort"); });
    heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
  }
  document.querySelectorAll("table.sortable").forEach(function (table) {
    var heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () { sort(table, heads, column); });
    });
  });

  // Only the chosen confusion matrix is shown. Without JavaScript, all are shown.
  var choice = document.querySelector(".choice");
  if (choice) {
    var method = document.getElementById("choose-method"), budget = document.getElementById("choose-budget");
    var show = function () {
      var found = false;
      document.querySelectorAll(".confusion").forEach(function (each) {
        var is = each.dataset.method === method.value && each.dataset.budget === budget.value;
        each.hidden = !is;
        found = found || is;
      });
      document.querySelector(".nothing").hidden = found;
    };
    method.addEventListener("change", show);
    budget.addEventListener("change", show);
    choice.hidden = false;
    show();
  }

  // Details are opened before printing, because a reader of the paper cannot open them.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (each) { each.open = true; });
  });
})();
