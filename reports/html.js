// Sorts tables by their headings, filters the table of cases, and opens the block that a link leads to. The page is whole without it.
(function () {
  'use strict';
  var prefixes = {n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18};

  // The number that a cell sorts by: its own value, else what it shows with its unit; NaN for words.
  function number(cell) {
    var given = cell.getAttribute('data-v');
    if (given !== null) return parseFloat(given);
    var shown = /^[^0-9A-Za-z+-]*([+-]?[0-9][0-9.]*(?:e[+-]?[0-9]+)?)[rws]?(?:\s*%|\s*([numkMGTPE])?(?=[A-Z]|s\b|i?B|$)|\s|\u00d7)/.exec(cell.textContent);
    if (!shown) return NaN;
    return parseFloat(shown[1]) * (shown[2] ? prefixes[shown[2]] : 1);
  }

  function sort(table, column, heading) {
    var body = table.tBodies[0];
    var down = heading.getAttribute('aria-sort') === 'ascending';
    var rows = Array.prototype.map.call(body.rows, function (row, index) {
      var cell = row.cells[column];
      return {row: row, index: index, text: cell ? cell.textContent : '', value: cell ? number(cell) : NaN};
    });
    rows.sort(function (a, b) {
      var order;
      if (a.text === '' || b.text === '') order = a.text === b.text ? 0 : a.text === '' ? 1 : -1; // empty ones last, either way
      else {
        order = isNaN(a.value) || isNaN(b.value) ? a.text.localeCompare(b.text) : a.value - b.value;
        order = down ? -order : order;
      }
      return order || a.index - b.index;
    });
    var all = document.createDocumentFragment();
    rows.forEach(function (entry) { all.appendChild(entry.row); });
    body.appendChild(all);
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) { other.removeAttribute('aria-sort'); });
    heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  }

  Array.prototype.forEach.call(document.querySelectorAll('table.sortable'), function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (heading, column) {
      var button = document.createElement('button');
      button.type = 'button';
      while (heading.firstChild) button.appendChild(heading.firstChild);
      heading.appendChild(button);
      button.addEventListener('click', function () { sort(table, column, heading); });
    });
  });

  var cases = document.getElementById('all');
  if (cases && cases.tBodies[0].rows.length > 12) {
    var label = document.createElement('label');
    var input = document.createElement('input');
    label.className = 'filter';
    label.textContent = 'Show rows with ';
    input.type = 'search';
    label.appendChild(input);
    cases.parentNode.parentNode.insertBefore(label, cases.parentNode);
    input.addEventListener('input', function () {
      var words = input.value.toLowerCase().split(/\s+/);
      Array.prototype.forEach.call(cases.tBodies[0].rows, function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      });
    });
  }

  function open() {
    var target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    var block = target && target.closest('details');
    if (block) {
      block.open = true;
      target.scrollIntoView();
    }
  }
  window.addEventListener('hashchange', open);
  open();
})();
