"""The server of the Model Context Protocol, spoken to as a client does: a line of JSON-RPC each way."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from derive.language import CODES
from derive.plugins.mcp import SKILL

Data = dict[str, Any]


class Client:
    """A client of one server."""

    def __init__(self) -> None:
        call = [sys.executable, "-c", "from derive.plugins.mcp import main; main()"]
        self.process = subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.count = 0

    def ask(self, method: str, **parameters: Any) -> Data:
        self.count += 1
        self.tell(method, id=self.count, **parameters)
        assert self.process.stdout is not None
        while True:
            answer: Data = json.loads(self.process.stdout.readline())
            if answer.get("id") == self.count:
                found: Data = answer["result"]
                return found

    def tell(self, method: str, id: int | None = None, **parameters: Any) -> None:
        assert self.process.stdin is not None
        number = {} if id is None else {"id": id}
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **number, "method": method, "params": parameters}) + "\n")
        self.process.stdin.flush()

    def use(self, tool: str, **arguments: Any) -> Data:
        result = self.ask("tools/call", name=tool, arguments=arguments)
        found: Data = json.loads(result["content"][0]["text"])
        assert result.get("structuredContent", found) == found
        return found


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    found = Client()
    about = {"name": "test", "version": "1"}
    begun = found.ask("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=about)
    assert begun["serverInfo"]["name"] == "derive"
    assert begun["instructions"] == SKILL.read_text(encoding="utf-8")
    found.tell("notifications/initialized")
    yield found
    assert found.process.stdin is not None
    found.process.stdin.close()
    assert found.process.wait(30) == 0


def test_the_tools_say_what_they_are_for(client: Client) -> None:
    tools = {tool["name"]: tool for tool in client.ask("tools/list")["tools"]}
    assert tools.keys() == {"check", "chain", "diff", "fill", "rules"}
    assert all(tool["description"] for tool in tools.values())
    assert tools["chain"]["inputSchema"]["required"] == ["expressions"]


def test_a_model_is_told_the_first_wrong_step(client: Client) -> None:
    found = client.use("chain", expressions=["diff(x^2, x)", "2*x", "3*x"], declare="variable x")
    assert (found["verdict"], found["step"]) == ("refuted", 2)
    assert found["counterexample"]["values"]
    assert client.use("chain", expressions=["x"])["verdict"] == "error"


def test_every_tool_answers(client: Client) -> None:
    text = "variable x theorem t: diff(x^2, x) = ?"
    assert client.use("check", text=text)["verdict"] == "proved"
    assert "2*x" in client.use("fill", text=text)["text"]
    assert client.use("diff", expression="x^3", wrt="x")["right"] == "3*x^2"
    assert client.use("check", text="nonsense")["errors"][0]["code"] in CODES
    assert {"chain", "algebra"} <= {each["name"] for each in client.use("rules")["rules"]}
    assert client.use("rules", name="product")["states"]
    assert client.use("rules", name="prodct")["errors"][0]["help"] == "did you mean product?"


def test_what_the_skill_shows_is_proved(client: Client) -> None:
    (_, example, _) = SKILL.read_text(encoding="utf-8").split("```")
    assert client.use("check", text=example)["verdict"] == "proved"
