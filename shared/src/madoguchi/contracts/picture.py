"""`FLOW` as a picture (Mermaid): one arrow from each producer to each reader; the console reads everything. Pure."""

from madoguchi.contracts.flow import ALL_SERVICES, CONSOLE, FLOW, SERVICES, TOPICS

NAMED_AT_MOST = 3
"""Events an arrow names; with more it says how many."""

EVERYTHING = "everything"
"""The node that stands for all topics but the console's own: the console reads them all, and one arrow says so."""


def mermaid() -> str:
    """A Mermaid flowchart."""
    lines = ["flowchart LR"]
    lines += [f"    {_id(node)}[{node}]" for node in SERVICES]
    lines += [f"    {_id(CONSOLE)}([{CONSOLE}])", f"    {EVERYTHING}[/every event of the four/]"]
    for producer in ALL_SERVICES:
        for reader in SERVICES:
            events = [row.event.__name__ for row in FLOW if row.producer == producer and reader in row.consumers]
            if events:
                lines.append(f'    {_id(producer)} -->|"{_label(TOPICS[producer], events)}"| {_id(reader)}')
    lines.append(f"    {EVERYTHING} -.-> {_id(CONSOLE)}")
    return "\n".join(lines) + "\n"


def _id(node: str) -> str:
    return node.replace("-", "_")


def _label(topic: str, events: list[str]) -> str:
    said = events if len(events) <= NAMED_AT_MOST else [f"{len(events)} events"]
    return "<br/>".join((topic, *said))
