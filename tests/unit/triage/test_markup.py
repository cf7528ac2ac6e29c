import pytest

from smart_support.triage.markup import is_html, to_text


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><html><body>x</body></html>",
        " <div>Hello</div>",
        "<p class='a'>Hello</p>",
        "Hello,<br>\nit fails<br />\nagain",
        "<!-- x --><span>Hello</span>",
    ],
)
def test_html_is_noticed(body: str) -> None:
    assert is_html(body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a < b > c",
        "<name> cannot log in",
        "<?xml version='1.0'?><order><p>1</p></order>",
        "<order>\n<p>1</p>\n<p>2</p>\n</order>\nis refused",
        "List<String> x = map.<a>of();\nat Foo.<init>(Foo.java:3)",
        "My page shows\n<br>\nas text\nin three\nplaces",
        "<a> < <b>",
    ],
)
def test_signs_in_a_text_are_no_html(body: str) -> None:
    assert not is_html(body)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one</p><p>two\n three</p>", "one\ntwo three"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<td>a</td><td>b</td>", "a b"),
        ("in<b>voice</b>&nbsp;&euro;&#50;&lt;x&gt;", "invoice €2<x>"),
        ("<script>x()</script>a<STYLE type='b'>c</style>d<!-- e -->f", "adf"),
        ("a<style>b", "a"),
        ("a<!-- b", "a b"),
        ("<pre>one\n  two</pre>", "one\ntwo"),
        ("a<blockquote>b<br>c<blockquote>d</blockquote></blockquote>e", "a\n> b\n> c\n> d\ne"),
        ("Dear <name>, <o:p>x</o:p> 1 < 2", "Dear <name>, x 1 < 2"),
        ("</blockquote></pre><a <a <", "<a <a <"),
    ],
)
def test_text_of_markup(markup: str, text: str) -> None:
    assert to_text(markup) == text
