"""The readers of a JUnit or CTRF file: each returns its counts and fails on what it rejects.

`ctrf.schema.json` is `dist/ctrf-schema-0.0.json` of the npm package `ctrf` 0.3.0 (MIT License,
Copyright (c) 2024 Matthew Poulton-White).
"""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import junitparser
from jsonschema import Draft7Validator
from lxml import etree

GITLAB_TYPES = frozenset((
    "array", "base64Binary", "boolean", "date", "dateTime", "datetime", "decimal", "double",
    "duration", "file", "float", "hexBinary", "integer", "string", "symbol", "yaml",
))  # fmt: skip
"""Values of `type=` for which GitLab's XML reader replaces the element."""


def counts(document: str) -> Counter[str]:
    """The counts of the readers, which must agree."""
    _schema().assertValid(parsed(document))
    gitlab = as_gitlab(document)
    assert gitlab == as_junitparser(document)
    return gitlab


def as_junitparser(document: str) -> Counter[str]:
    """The counts of junitparser, which the publish-unit-test-result action uses."""
    counts: Counter[str] = Counter()
    for suite in junitparser.JUnitXml.fromstring(document.encode()):
        results = [[type(one).__name__.lower() for one in case.result] for case in suite]
        seen = Counter("".join(names) or "passed" for names in results)
        written = (suite.tests, suite.failures, suite.errors, suite.skipped)
        assert written == (len(results), seen["failure"], seen["error"], seen["skipped"])
        counts += seen
    return counts


def as_gitlab(document: str) -> Counter[str]:
    """The counts of GitLab's Tests tab; fails if it would lose the report or a text."""
    assert len(document.encode()) < 30_000_000
    counts: Counter[str] = Counter()
    keys = set()
    for suite in parsed(document).iter("testsuite"):
        for case in suite.iter("testcase"):
            assert not "".join([case.text or "", *(one.tail or "" for one in case)]).strip()
            assert len(case.findall("system-out")) <= 1
            float(case.get("time", "0"))
            assert "e" not in case.get("time", "0")
            keys.add(f"{suite.get('name')}_{case.get('classname')}_{case.get('name')}")
            counts[_gitlab_status(case)] += 1
    assert len(keys) == counts.total(), "two cases share a key: wrong «new failures»"
    return counts


def ctrf_tests(document: str) -> list[dict[str, Any]]:
    """The tests of a CTRF file that is valid by its schema, which must be those it counts.

    Of thousands of tests, only the first and last are compared with the schema, which is slow.
    """
    content = json.loads(document)
    tests, summary = content["results"]["tests"], content["results"]["summary"]
    content["results"]["tests"] = tests[:100] + tests[100:][-100:]
    _ctrf_schema().validate(content)
    counted = Counter(test["status"] for test in tests)
    assert counted == +Counter({one: summary[one] for one in ("passed", "failed", "skipped")})
    assert (summary["tests"], summary["pending"], summary["other"]) == (len(tests), 0, 0)
    assert summary["flaky"] == sum("flaky" in test and test["flaky"] for test in tests)
    assert len({test["name"] for test in tests}) == len(tests), "two tests share their history"
    return tests


def _gitlab_status(case: etree._Element) -> str:
    for status in ("failure", "error", "skipped"):
        elements = case.findall(status)
        if elements:
            assert len(elements) == 1
            assert (elements[0].text or "").strip(), f"GitLab shows no text for this {status}"
            assert elements[0].get("type") not in GITLAB_TYPES
            return status
    return "passed"


def parsed(document: str) -> etree._Element:
    return etree.fromstring(document.encode(), etree.XMLParser(huge_tree=True))


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(Path(__file__).parent / "jenkins.xsd")))


@cache
def _ctrf_schema() -> Draft7Validator:
    return Draft7Validator(json.loads((Path(__file__).parent / "ctrf.schema.json").read_text()))
