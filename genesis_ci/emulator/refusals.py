"""The guide's three error tables, one member per row."""

from enum import Enum


class Refusal(Enum):
    """A row of the guide: the HTTP status and the message, word for word.

    Two rows are 500s although the caller is at fault; the guide says so.
    """

    MISSING_KEY = (401, "Missing API key")
    INVALID_KEY = (401, "Invalid API key")
    KEY_WITHOUT_ORGANIZATION = (403, "API key is not associated with an organization")
    NOT_A_MEMBER = (403, "Unauthorized")
    OTHER_ORGANIZATION = (403, "API key does not have access to this organization")

    INVALID_JSON = (400, "Invalid JSON payload")
    TOO_LARGE = (413, "Payload too large")
    NOT_ALL_STRINGS = (500, "Invalid payload: expected object with string values")
    UNEXPECTED_FIELDS = (500, "Unexpected fields in payload")

    UNKNOWN_TEMPLATE = (404, "Workflow template not found or API access not enabled")
    INVALID_TEMPLATE_ID = (400, "Invalid template ID")
    USAGE_LIMIT = (403, "Usage limit reached")
    NO_PROJECT = (400, "Workflow template must belong to a project")
    UNKNOWN_PROJECT = (404, "Project not found")
    UNKNOWN_EXECUTION = (404, "Execution not found")

    @property
    def status(self) -> int:
        """The HTTP status of the row."""
        return self.value[0]

    @property
    def message(self) -> str:
        """The message of the row."""
        return self.value[1]
