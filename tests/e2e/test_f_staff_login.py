"""Staff sign in and out through the real console and the real sign-in service, each a process of its own."""

import httpx
import pytest

from madoguchi.contracts.flow import CONSOLE
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from staff import csrf_of, signed_in
from towns import TOWN

pytestmark = pytest.mark.processes


async def test_a_clerk_signs_in_works_and_signs_out(stack: Stack) -> None:
    console, sandbox = stack.layout.url(CONSOLE), stack.layout.url(SANDBOX)
    async with signed_in(console, "1001") as clerk:
        queue = await clerk.get("/queue")
        assert (queue.status_code, queue.url.path) == (200, "/queue")
        assert "窓口　受子" in queue.text
        left = await clerk.post("/logout", data={"csrf": csrf_of(queue)})
        on = left.text.partition('content="0; url=')[2].partition('"')[0].replace("&amp;", "&")
        assert on.startswith(f"{sandbox}/staff/end-session?")
        assert str((await clerk.get(on)).url) == f"{console}/signed-out"
        assert (await clerk.get("/queue")).url.path == "/login"


async def test_who_has_no_role_is_let_in_nowhere(stack: Stack) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    console = stack.layout.url(CONSOLE)
    async with httpx.AsyncClient(base_url=console, headers=headers, follow_redirects=True, trust_env=False) as http:
        choice = await http.get("/login/start")
        refused = await http.post(choice.url, data={"member": f"{TOWN}-9001"})
        assert refused.status_code == 403
        assert "You have no role in this console" in refused.text
        assert (await http.get("/search")).url.path == "/login"


async def test_who_signed_in_and_out_is_on_record(stack: Stack) -> None:
    console = stack.layout.url(CONSOLE)
    async with signed_in(console, "1002") as clerk:
        await clerk.post("/logout", data={"csrf": csrf_of(await clerk.get("/queue"))})
    async with signed_in(console, "4001") as auditor:
        acts = (await auditor.get("/acts")).text
    for who, what in (("4001", "Signed in"), ("1002", "Signed out"), ("1002", "Signed in")):
        found = acts.partition(f"Clerk {who}")
        acts = found[2]
        assert what in acts.partition("</tr>")[0]


async def test_a_session_outlives_the_console(stack: Stack) -> None:
    console = stack.layout.url(CONSOLE)
    async with signed_in(console, "4001") as auditor:
        stack.kill(CONSOLE)
        stack.start(CONSOLE)
        stack.wait_ready(CONSOLE)
        page = await auditor.get("/search")
        assert (page.status_code, page.url.path) == (200, "/search")
