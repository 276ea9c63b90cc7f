"""Which requests are repeated, and after how long."""

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.forges.repeat import repeated


def lost(**more) -> ContactError:
    return ContactError("Lost.", reached=True, **more)


def repeat(*answers, time_is_left: bool = True) -> tuple[object, list[float]]:
    """Return the value or the fault, and the pauses."""
    script, pauses = list(answers), []

    def attempt():
        answer = script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return time_is_left

    try:
        return repeated(attempt, waits=iter((1.0, 2.0)), pause=pause), pauses
    except ContactError as error:
        return error, pauses


LOST, PERMANENT = lost(), lost(permanent=True)


@pytest.mark.parametrize(
    ("answers", "ending", "pauses"),
    [
        (["done"], "done", []),
        ([LOST, lost(), "done"], "done", [1, 2]),
        ([lost(retry_after=7.0), lost(retry_after=0.5), "done"], "done", [7, 2]),
        ([lost(), lost(), LOST], LOST, [1, 2]),
        ([PERMANENT], PERMANENT, []),
    ],
)
def test_a_fault_is_repeated_while_waits_are_left(answers, ending, pauses):
    assert repeat(*answers) == (ending, pauses)


def test_a_fault_is_final_without_time_for_the_pause():
    assert repeat(LOST, time_is_left=False) == (LOST, [1])
