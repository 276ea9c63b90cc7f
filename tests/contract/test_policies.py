"""Both concurrency policies of the guide, over HTTP."""


def test_parallel_lets_the_earlier_run_continue(client, emulator, clock):
    template = emulator.workflows["parallel"].id
    earlier = client.start(template)
    clock.advance(5)
    newer = client.start(template)
    clock.advance(60)
    assert [client.poll(each).json()["status"] for each in (earlier, newer)] == ["completed"] * 2


def test_cancel_previous_cancels_the_earlier_run_with_time_and_reason(client, emulator, clock):
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
