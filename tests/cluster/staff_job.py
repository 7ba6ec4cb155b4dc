"""A referred case, decided at the console by two people who sign in: in the cluster, from the sandbox's pod."""

from e2e.rest import Json, channel
from madoguchi.contracts.flow import CONSOLE
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.register import PERSONAS
from staff import signed_in_at
from towns import TOWN

CLERK, APPROVER = "1001", "2001"
PATIENCE = 120.0


async def decided(stack: Stack) -> str:
    """The card writes 高, the register 髙: referred, proposed by one, confirmed by another, paid, issued.

    Returns the request's id. Raises `NothingCame` when a step does not happen.
    """
    console = stack.layout.url(CONSOLE)
    async with (
        channel(stack, TOWN) as api,
        signed_in_at(console, CLERK) as clerk,
        signed_in_at(console, APPROVER) as approver,
    ):
        made: Json = (await api.create(email="hashigo@example.jp")).raise_for_status().json()
        request_id = str(made["request_id"])
        await api.sign(made, "takahashi-hashigo-good")
        await clerk.waits(request_id)
        await clerk.look(request_id)
        await clerk.press("claim")
        await clerk.press("open", purpose="review")
        entry = PERSONAS["takahashi_hashigo"].address_number
        await clerk.press("decide", verdict="approve", approve_reason="variant_characters", entry=entry)
        await approver.look(request_id)
        await approver.press("open", purpose="confirm")
        await approver.press("confirm")
        await api.until(made, "fee_due", within=PATIENCE)
        await api.pay(made)
        await api.until(made, "ready", within=PATIENCE)
    return request_id
