"""`FLOW` as a picture (Mermaid): one arrow from each producer to each reader. Pure."""

from madoguchi.contracts.flow import CONSOLE, FLOW, SERVICES, TOPICS

NAMED_AT_MOST = 3
"""Events an arrow names; with more it says how many."""


def mermaid() -> str:
    """A Mermaid flowchart."""
    nodes = [*SERVICES, CONSOLE]
    lines = ["flowchart LR"]
    lines += [f"    {_id(node)}[{node}]" for node in SERVICES]
    lines += [f"    {_id(CONSOLE)}([{CONSOLE}])"]
    for producer in nodes:
        for reader in nodes:
            events = [row.event.__name__ for row in FLOW if row.producer == producer and reader in row.consumers]
            if events:
                lines.append(f'    {_id(producer)} -->|"{_label(TOPICS[producer], events)}"| {_id(reader)}')
    return "\n".join(lines) + "\n"


def _id(node: str) -> str:
    return node.replace("-", "_")


def _label(topic: str, events: list[str]) -> str:
    said = events if len(events) <= NAMED_AT_MOST else [f"{len(events)} events"]
    return "<br/>".join((topic, *said))
