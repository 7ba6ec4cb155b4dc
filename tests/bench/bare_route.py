"""`python -m bench.bare_route <store uri> <port>`: a FastAPI app with one durable write per call, and one without any.

The raw baseline of acceptance: the same framework, server and store, and nothing of ours but the store port.
"""

import asyncio
import sys
import uuid
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from madoguchi.store.open import connected
from madoguchi.store.port import Collection, Documents

BODIES = Collection("bodies")


def application(documents: Documents) -> FastAPI:
    """`POST /stored` answers when the body is stored, `POST /trivial` at once; `GET /health/ready` for the launcher."""
    app = FastAPI(openapi_url=None)

    @app.post("/stored")
    async def stored(body: dict[str, Any]) -> JSONResponse:
        document = {"_id": str(uuid.uuid4()), "version": 1, "body": body}
        await documents.insert(BODIES, document)
        return JSONResponse({"id": document["_id"]}, 202)

    @app.post("/trivial")
    async def trivial() -> JSONResponse:
        return JSONResponse({}, 202)

    @app.get("/health/ready")
    async def ready() -> JSONResponse:
        return JSONResponse({})

    return app


async def main(uri: str, port: int) -> None:
    """Until SIGTERM."""
    async with connected(uri, "bare") as documents:
        await documents.prepare([BODIES])
        config = uvicorn.Config(
            application(documents), host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
