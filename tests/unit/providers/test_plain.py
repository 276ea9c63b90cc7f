"""Any other CI, and a person's shell: plain lines, errors apart, and one line that lives."""

from genesis_ci.models.change import Change
from genesis_ci.providers import PROVIDERS, provider_for
from genesis_ci.providers.plain import Plain


def test_it_is_what_is_left():
    assert isinstance(provider_for({}, print), Plain)
    assert [kind for kind in PROVIDERS if kind.detects({})] == [Plain]


def test_a_person_s_shell_tells_nothing_of_a_change():
    assert provider_for({"USER": "octocat"}, print).change == Change()


def test_errors_go_to_standard_error_and_end_the_live_text():
    written: list[str] = []
    errors: list[str] = []
    plain = Plain({}, written.append, write_error=errors.append, terminal=True)
    plain.live("1/5 blocks")
    plain.error("It failed.\nat step 4")
    assert errors == ["It failed.\nat step 4\n"]
    assert "".join(written) == "\r\x1b[K1/5 blocks\r\x1b[K"


def test_live_text_is_for_terminals_only():
    written: list[str] = []
    Plain({}, written.append).live("1/5 blocks")
    assert written == []
    on_terminal = Plain({}, written.append, terminal=True)
    on_terminal.live("1/5 blocks")
    on_terminal.line("done")
    on_terminal.line("and gone")
    assert "".join(written) == "\r\x1b[K1/5 blocks\r\x1b[Kdone\nand gone\n"


def test_live_text_stays_on_one_line():
    written: list[str] = []
    Plain({}, written.append, terminal=True).live("1/5\nblocks\r\nand ::error::")
    assert written == ["\r\x1b[K1/5 blocks and ::error::"]
