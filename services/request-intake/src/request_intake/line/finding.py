"""Finding a conversation by who speaks, while the town's index key changes.

A conversation's key is the keyed hash of the LINE user id under the index key of the day on which it began, and stays.
Other generations of the index key lead to it by small documents of their own, `{_id: <hash>, stands_for: <key>}`.
Processes whose lists of index keys have a generation in common never begin two conversations with one resident: both
insert under the hash of that generation, and one of them is told that it was second.
"""

import structlog
from prometheus_client import Gauge

from madoguchi.contracts.personal import Contact
from madoguchi.store.port import Document, Documents, DuplicateKey, StaleVersion
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose, Vault
from request_intake.line.record import CONVERSATIONS, Conversation, from_document, to_document

log = structlog.get_logger("request_intake")

ACCESS = Access("request-intake", Purpose.ANSWER_CHAT, LegalBasis.CONSENT)
STANDS_FOR = "stands_for"
PAGE = 200
WAITING = Gauge("madoguchi_conversations_to_rekey", "Conversations that the newest index key does not lead to yet.")


async def located(documents: Documents, hashes: tuple[str, ...]) -> tuple[str, Document | None]:
    """The key of the resident's conversation, and the conversation unless it is yet to begin.

    `hashes`: of the LINE user id, newest index key first. Afterwards the newest leads there.
    """
    for each in hashes:
        found = await documents.get(CONVERSATIONS, each)
        if found is None:
            continue
        key = str(found.get(STANDS_FOR, each))
        if hashes[0] not in (each, key):
            await _lead(documents, hashes[0], key)
        return key, found if key == each else await documents.get(CONVERSATIONS, key)
    key = min(hashes)
    for other in sorted(hashes):
        if other != key and not await _lead(documents, other, key):
            return await located(documents, hashes)  # someone else was quicker
    return key, None


async def rekey(documents: Documents, vault: Vault) -> int:
    """Let the newest index key lead to every conversation; how many are still to be done.

    Safe to repeat and to run in several processes. Opening the sealed user id is on record like any other look.
    """
    after, waiting = "", 0
    while page := await documents.scan(CONVERSATIONS, after, PAGE):
        for document in page:
            if STANDS_FOR not in document:
                waiting += not await _rekeyed(documents, vault, from_document(document))
        after = page[-1]["_id"]
    WAITING.set(waiting)
    log.info("conversations_rekeyed", waiting=waiting)
    return waiting


async def _rekeyed(documents: Documents, vault: Vault, conversation: Conversation) -> bool:
    generation = vault.generation(conversation.municipality)
    if conversation.generation == generation or conversation.user is None:
        return True
    try:
        contact = await vault.open(f"line:{conversation.key}", conversation.user, Contact, ACCESS)
    except KeyErased:
        return True  # nobody can be answered there any more
    if contact.line_user_id is None:
        return True
    for each in vault.pseudonyms(conversation.municipality, "line_user", contact.line_user_id):
        if each != conversation.key:
            await _lead(documents, each, conversation.key)
    after = conversation.model_copy(update={"generation": generation, "version": conversation.version + 1})
    try:
        await documents.replace(CONVERSATIONS, to_document(after))
    except StaleVersion:
        return False  # it went on meanwhile: the next round
    return True


async def _lead(documents: Documents, from_: str, key: str) -> bool:
    """False when something is there already."""
    try:
        await documents.insert(CONVERSATIONS, {"_id": from_, "version": 1, STANDS_FOR: key})
    except DuplicateKey:
        return False
    return True
