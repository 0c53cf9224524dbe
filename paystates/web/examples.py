"""Puts examples of answers into the description of the API: what the house really answered, kept in `examples.json`.

`tools/examples.py` records them. The file is read when the description is asked for, and not before.
"""

import json
from pathlib import Path
from typing import Any, Final

from paystates.web.problems import MEDIA_TYPE

FILE: Final = Path(__file__).with_suffix(".json")
"""`problems`, and of each of the `operations` its `answer`, if that is JSON, and the names of its problems."""


def illustrated(schema: dict[str, Any]) -> dict[str, Any]:
    """The description with an example of every answer; of a problem that many operations answer with, each has the same."""
    told = json.loads(FILE.read_text(encoding="utf-8"))
    problems = schema["components"]["examples"] = told["problems"]
    for operation, examples in told["operations"].items():
        method, path = operation.split()
        responses = schema["paths"][path][method.lower()]["responses"]
        if "answer" in examples:
            success = min(responses)
            responses[success]["content"]["application/json"]["examples"] = {"answer": examples["answer"]}
        for name in examples["problems"]:
            response = responses[str(problems[name]["value"]["status"])]
            response["content"][MEDIA_TYPE].setdefault("examples", {})[name] = {"$ref": f"#/components/examples/{name}"}
    return schema
