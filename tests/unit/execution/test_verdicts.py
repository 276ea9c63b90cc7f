"""Which outcome a run gets: a table for each cause."""

from typing import Any

from genesis_ci.errors import ContactError, ProtocolError, RefusedError
from genesis_ci.execution import verdicts
from genesis_ci.execution.state import Run
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import Accept
from genesis_ci.models.report import Outcome, Verdict
from tests.approved import check_approved
from tests.builders import a_report, a_run, accepting, an_attachment, an_execution
from tests.unit.test_outcomes import as_people_read_it

BEGAN = 1000.0
RESET = ContactError("Lost the connection.", reached=True, hint="Look.")
REFUSAL = RefusedError("Invalid API key", hint="Check the key.", status=401)
IN_REVIEW = an_execution(Status.REVIEW_PENDING)
SENT: dict[str, Any] = {"sent_at": BEGAN}
SEEN = SENT | {"execution_id": "run-1", "execution": an_execution(Status.RUNNING, id="run-1")}
LOST = SENT | {"last_error": RESET, "faults": 1}
SECOND: dict[str, Any] = {"earlier": (a_report(Verdict.FAILED, 1),)}
MAYBE = {"lost_triggers": 1}
ATTACHED = {"workflow": an_attachment()}
REVIEW = {
    "review_since": BEGAN,
    "execution": IN_REVIEW,
    "workflow": a_run(max_review=60.0, policy=accepting(Accept.REVIEW_PENDING)),
}
ENDED = {
    "never sent": {},
    "second attempt never sent": SECOND,
    "no answer before the job's limit": SENT | {"end_by": BEGAN + 65},
    "trigger lost": LOST,
    "trigger lost, no hint": LOST | {"last_error": ContactError("Reset.", reached=True)},
    "second trigger lost": LOST | SECOND,
    "trigger without an answer": LOST | MAYBE,
    "one poll lost": LOST | SEEN,
    "two polls lost": LOST | SEEN | {"faults": 2},
    "answer of somebody else": LOST | SEEN | {"last_error": ProtocolError("No."), "faults": 2},
    "max-wait-time": SEEN,
    "the job's limit": SEEN | {"end_by": BEGAN + 65},
    "both limits": SEEN | {"end_by": BEGAN + 1800},
    "in review": SEEN | REVIEW,
    "in review, attached": SEEN | REVIEW | {"workflow": an_attachment(max_review=60.0)},
}
REFUSED = {
    "no run": {},
    "maybe a run": MAYBE,
    "a run": {"execution_id": "run-1"},
    "an attached run": ATTACHED | {"execution_id": "run-1"},
}
SIGNALLED = {
    "no run": {},
    "maybe a run": SENT | MAYBE,
    "a run": SECOND | SEEN,
    "a run to be judged": SEEN | {"execution": an_execution(Status.COMPLETED)},
    "between attempts": SECOND,
}


def a_state(fields: dict[str, Any]) -> Run:
    return Run(**{"workflow": a_run(), "began": BEGAN, "due": BEGAN, **fields})


def test_verdicts_are_approved():
    made: dict[str, Outcome | None] = {}
    for case, fields in ENDED.items():
        outcome = verdicts.after_last_request(a_state(fields), lambda: BEGAN + 65)
        made[f"after the last request: {case}"] = outcome
    for case, fields in REFUSED.items():
        made[f"refused: {case}"] = verdicts.after_refusal(a_state(fields), REFUSAL)
    for case, fields in SIGNALLED.items():
        made[f"after a signal: {case}"] = verdicts.after_signal(a_state(fields), 143)
    for case, workflow in (("triggered", a_run()), ("attached", an_attachment())):
        made[f"in review: {case}"] = verdicts.after_answer(Run(workflow=workflow), IN_REVIEW)
    check_approved(
        "execution/verdicts", {case: as_people_read_it(each) for case, each in made.items()}
    )
