"""What is asked for next, among hundreds of workflows."""

import math

from genesis_ci.execution.agenda import Agenda


def take(agenda: Agenda, *, now: float, has_room: bool = True, expires: float = math.inf):
    return agenda.take(lambda place: expires + place, now=now, has_room=has_room)


def test_nothing_is_due_before_its_moment():
    agenda = Agenda()
    agenda.put(7, due=10.0)
    assert take(agenda, now=9.9) is None
    assert agenda.next_at(has_room=True) == 10.0
    assert take(agenda, now=10.0) == 7
    assert agenda.next_at(has_room=True) == math.inf


def test_of_what_is_due_the_first_to_expire_goes_first():
    agenda = Agenda()
    for place in (3, 1, 2):
        agenda.put(place, due=5.0 - place)
    assert [take(agenda, now=5.0, expires=100.0) for _ in range(4)] == [1, 2, 3, None]


def test_without_room_only_what_has_expired_is_taken():
    agenda = Agenda()
    agenda.put(0, due=1.0)
    assert take(agenda, now=2.0, has_room=False, expires=3.0) is None
    assert agenda.next_at(has_room=False) == 3.0
    assert agenda.next_at(has_room=True) == -math.inf
    assert take(agenda, now=3.0, has_room=False, expires=3.0) == 0
