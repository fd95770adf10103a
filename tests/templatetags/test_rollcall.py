"""The tags that write HTML by themselves: a headline figure, and the cells of a table's row."""

from typing import Any

import django_tables2 as tables
import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.html import format_html

from reports.definitions import DEFINITIONS
from reports.tables.figures import unknown_text
from reports.tables.rows import NUMBER, DataTable, FigureColumn, OrderedRows

ROWS = [
    {"name": "Anna & Bob <3", "held": 3, "share": 0.5, "more": format_html("<b>{}</b>", "x")},
    {"name": "Zoë", "held": None, "share": 1234.5, "more": None},
]


class OneTable(DataTable):
    caption = "One"
    row_header = "held"

    name = tables.Column()
    held = FigureColumn(lambda value: unknown_text() if value is None else f"{value} h")
    share = tables.Column(attrs=NUMBER)
    more = tables.Column()


def rendered(source: str, **values: Any) -> str:
    html: str = Template("{% load rollcall %}" + source).render(Context(values))
    return " ".join(html.split())


def cells(row: int) -> str:
    table = OneTable(OrderedRows(ROWS))
    return rendered("{% row_cells table row %}", table=table, row=table.rows[row])


def test_cells_are_written_as_a_template_would_write_them() -> None:
    assert cells(0) == (
        "<td>Anna &amp; Bob &lt;3</td>"
        '<th scope="row" class="num">3 h</th>'
        '<td class="num">0.5</td>'
        "<td><b>x</b></td>"
    )


def test_a_cells_number_is_of_the_readers_language() -> None:
    with translation.override("de"):
        assert '<td class="num">1234,5</td>' in cells(1)


def test_what_is_missing_and_what_is_unknown_differ() -> None:
    assert f'class="num"><span class="unknown">{unknown_text()}</span></th>' in cells(1)
    assert cells(1).endswith("<td>—</td>")


def test_a_figure_is_called_as_its_definition() -> None:
    note = '<dd class="note">of 9</dd>'
    html = rendered('{% figure "7" "sessions" place="total" %}' + note + "{% endfigure %}")
    assert html.startswith(f"<div> <dt>{DEFINITIONS['sessions'].name}<button")
    assert 'id="definition-sessions-total"' in html
    assert html.endswith(f'<dd class="value">7</dd> {note} </div>')


def test_a_figure_may_have_a_name_of_its_own_and_no_definition() -> None:
    html = rendered("{% figure text name=name %}{% endfigure %}", text="<1", name="Q & A")
    assert html == '<div> <dt>Q &amp; A</dt> <dd class="value">&lt;1</dd> </div>'


def test_a_figure_that_leads_on_says_where_to_a_screen_reader() -> None:
    html = rendered('{% figure "7" name="Rooms" link=link %}{% endfigure %}', link="/?a=1&b=2")
    assert '<a href="/?a=1&amp;b=2"><span class="visually-hidden">Rooms: </span>7</a>' in html


@pytest.mark.parametrize(("text", "css"), [("7", "value"), (unknown_text(), "value unknown")])
def test_an_unknown_figure_is_marked(text: str, css: str) -> None:
    assert f'<dd class="{css}">{text}</dd>' in rendered(
        '{% figure text name="Rooms" %}{% endfigure %}', text=text
    )
