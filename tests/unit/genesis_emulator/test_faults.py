"""Which request a fault hits."""

from __future__ import annotations

from genesis_emulator.faults import Endpoint, Fault, FaultBook, FaultKind, Target

POLL = Target(on=Endpoint.POLL, workflow="w", counter="run-1")
TRIGGER = Target(on=Endpoint.TRIGGER, workflow="w")


def fault(on: Endpoint = Endpoint.POLL, **options: object) -> Fault:
    return Fault(on=on, do=FaultKind.CLOSE_BEFORE, **options)


def hits(book: FaultBook, target: Target, times: int) -> list[bool]:
    return [book.next(target) is not None for _ in range(times)]


def test_without_a_number_every_request_is_hit() -> None:
    assert hits(FaultBook((fault(),)), POLL, 3) == [True, True, True]


def test_with_numbers_only_those_requests_are_hit() -> None:
    assert hits(FaultBook((fault(nth=(1, 3)),)), POLL, 4) == [True, False, True, False]


def test_a_fault_on_polls_leaves_triggers_alone() -> None:
    assert hits(FaultBook((fault(),)), TRIGGER, 1) == [False]


def test_polls_are_counted_for_each_execution() -> None:
    book = FaultBook((fault(nth=(2,)),))
    other = Target(on=Endpoint.POLL, workflow="w", counter="run-2")
    assert hits(book, POLL, 1) + hits(book, other, 2) + hits(book, POLL, 1) == [
        False,
        False,
        True,
        True,
    ]


def test_a_fault_for_one_workflow_neither_hits_nor_counts_the_others() -> None:
    book = FaultBook((fault(Endpoint.TRIGGER, workflow="w", nth=(1,)),))
    other = Target(on=Endpoint.TRIGGER, workflow="other")
    unknown = Target(on=Endpoint.TRIGGER, workflow=None)
    assert hits(book, other, 1) + hits(book, unknown, 1) + hits(book, TRIGGER, 1) == [
        False,
        False,
        True,
    ]


def test_of_two_faults_the_first_one_wins_and_both_count() -> None:
    first, second = fault(nth=(1,)), fault(nth=(1, 2))
    book = FaultBook((first, second))
    assert [book.next(POLL) for _ in range(3)] == [first, second, None]


def test_a_fault_can_be_added_and_withdrawn() -> None:
    book = FaultBook(())
    number = book.add(fault())
    assert list(book.all()) == [number]
    assert book.remove(number)
    assert not book.remove(number)
    assert hits(book, POLL, 1) == [False]


def test_reset_brings_the_scenarios_faults_back_with_their_counts_at_zero() -> None:
    book = FaultBook((fault(nth=(1,)),))
    book.add(fault())
    book.next(POLL)
    book.reset()
    assert hits(book, POLL, 2) == [True, False]
    book.clear()
    assert book.all() == {}
