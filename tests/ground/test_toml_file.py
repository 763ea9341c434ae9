"""TOML from outside is read within bounds, and at once."""

import time

import pytest

from synthaudit.audit.toml_file import parse_toml


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = " + "9" * 10_000, "at most 400 digits"),
        ("[" + "a." * 50_000 + "b]", "nested too deeply"),
        ("a" + ".a" * 50_000 + " = 1", "nested too deeply"),
        ("x = " + "[" * 50_000, "nested too deeply"),
        ("x = " + "{a = " * 50_000, "nested too deeply"),
        ("x = " + "[" * 80 + "]" * 80, "nested too deeply"),
        ("x", "expected TOML: "),
        ("#" * (2**24 + 1), "16 MiB"),
    ],
    ids=lambda part: part[:12],
)
def test_what_would_cost_much_is_refused_at_once(text: str, said: str) -> None:
    started = time.process_time()
    with pytest.raises(ValueError, match=said):
        parse_toml(text)
    assert time.process_time() - started < 5


def test_what_people_write_is_read() -> None:
    numbers = ", ".join(f"{at}.5" for at in range(1000))
    found = parse_toml(f'a.b.c = [{numbers}]\n[x."y.z".w]\nv = {{ t = [[1]] }}\n')
    assert len(found["a"]["b"]["c"]) == 1000
    assert found["x"]["y.z"]["w"]["v"] == {"t": [[1]]}
