"""The refusals of the API guide, each with the next step.

Source: Autify's API guide, "Troubleshooting" (its three tables).
"""

from enum import Enum

from genesis_ci.language import N_


class Refusal(Enum):
    """The rows of the guide: HTTP status, message, and what the user has to do.

    Its two 500s are the caller's fault and are never retried.
    """

    def __init__(self, status: int, message: str, remedy: str) -> None:
        self.status = status
        self.message = message
        self.remedy = remedy

    # fmt: off
    MISSING_API_KEY = (401, "Missing API key",
        N_("The key is empty: add the secret. Pull requests from forks and from Dependabot get no "
        "secrets; missing-key: skip lets those pass with a notice."))
    INVALID_API_KEY = (401, "Invalid API key",
        N_("The key is wrong or was deleted: check the secret against the organization's API "
        "keys."))
    KEY_WITHOUT_ORGANIZATION = (403, "API key is not associated with an organization",
        N_("Create a new API key in the organization's settings and use that one."))
    NOT_A_MEMBER = (403, "Unauthorized",
        N_("The key's user is not a member of the organization: use a key that a member created."))
    OTHER_ORGANIZATION = (403, "API key does not have access to this organization",
        N_("Key and workflow belong to different organizations: use a key of the workflow's one."))
    INVALID_JSON = (400, "Invalid JSON payload",
        N_("This is a bug of genesis-ci: please report it with the version and the job's log."))
    PAYLOAD_TOO_LARGE = (413, "Payload too large",
        N_("The inputs are over 10 MB: shrink them, for example by passing a link instead of a "
        "file."))
    NOT_STRINGS = (500, "Invalid payload: expected object with string values",
        N_("Every value has to be a string: check the inputs."))
    UNEXPECTED_FIELDS = (500, "Unexpected fields in payload",
        N_("A key of the inputs is not defined in the workflow: match the names, upper and lower "
        "case too, to the workflow's context variables."))
    WORKFLOW_NOT_FOUND = (404, "Workflow template not found or API access not enabled",
        N_("Check workflow-id against the endpoint URL in the workflow's trigger dialog, and "
        "switch API access on there."))
    INVALID_TEMPLATE_ID = (400, "Invalid template ID",
        N_("The id is not a UUID: copy it from the endpoint URL in the workflow's trigger dialog."))
    USAGE_LIMIT = (403, "Usage limit reached",
        N_("The organization's credits are used up: ask an administrator to add credits."))
    NO_PROJECT = (400, "Workflow template must belong to a project",
        N_("Put the workflow into a project in Genesis."))
    PROJECT_NOT_FOUND = (404, "Project not found",
        N_("The workflow's project is gone: check the project settings in Genesis."))
    EXECUTION_NOT_FOUND = (404, "Execution not found",
        N_("Check execution-id: Genesis knows no run with this id."))
    # fmt: on
