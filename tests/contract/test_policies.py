"""Both concurrency policies of the guide, over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genesis_emulator import Emulator
    from tests.emulated import Client, FakeClock


def test_run_in_parallel_starts_the_new_run_and_lets_the_earlier_one_go_on(
    client: Client, emulator: Emulator, clock: FakeClock
) -> None:
    template = emulator.workflows["parallel"].id
    earlier = client.start(template)
    clock.advance(5)
    newer = client.start(template)
    clock.advance(60)
    assert [client.poll(each).json()["status"] for each in (earlier, newer)] == ["completed"] * 2


def test_cancel_previous_cancels_the_earlier_run_and_says_when_and_why(
    client: Client, emulator: Emulator, clock: FakeClock
) -> None:
    template = emulator.workflows["cancel-previous"].id
    running = client.start(template)
    clock.advance(5)
    pending = client.start(template)
    newest = client.start(template)
    first, second = client.poll(running).json(), client.poll(pending).json()
    assert (first["status"], second["status"]) == ("cancelled", "cancelled")
    assert first["state"]["blocks"]["block-1"]["status"] == "cancelled"
    assert second["state"]["blocks"] == {}
    assert "Superseded by a newer API request" in first["cancelReason"]
    assert first["cancelRequestedAt"] == client.poll(newest).json()["createdAt"]
    clock.advance(60)
    assert client.poll(newest).json()["status"] == "completed"


def test_cancel_previous_leaves_other_workflows_alone(client: Client, emulator: Emulator) -> None:
    other = client.start(emulator.workflows["parallel"].id)
    client.start(emulator.workflows["cancel-previous"].id)
    assert client.poll(other).json()["status"] == "pending"


def test_of_fifty_simultaneous_triggers_one_survives_and_every_poll_says_which(
    client: Client, emulator: Emulator
) -> None:
    template = emulator.workflows["cancel-previous"].id
    with ThreadPoolExecutor(50) as pool:
        started = list(pool.map(lambda _: client.start(template), range(50)))
        seen = list(pool.map(lambda each: client.poll(each).json(), started))
    assert len(set(started)) == 50
    survivors = [each["id"] for each in seen if each["status"] == "pending"]
    cancelled = [each for each in seen if each["status"] == "cancelled"]
    assert survivors == [emulator.executions()[-1]["id"]]
    assert len(cancelled) == 49
    assert all("Superseded" in each["cancelReason"] for each in cancelled)
