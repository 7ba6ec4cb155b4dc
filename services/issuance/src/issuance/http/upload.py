"""Taking a file for checking: kept in memory only, never written anywhere, gone with the answer."""

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from issuance.documents.check import LARGEST_FILE
from madoguchi.web.problems import Problem

ROOM_FOR_A_FORM = 16 * 1024
"""What multipart needs around the file."""
MOST_BYTES = LARGEST_FILE + ROOM_FOR_A_FORM


async def uploaded_file(request: Request) -> bytes:
    """The file in the form field `file`, or the body when it is `application/pdf`. Raises `Problem` 400 and 415."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "application/pdf":
        return await request.body()
    if kind != "multipart/form-data":
        raise Problem(415, detail="Send the file as multipart/form-data (field `file`) or as application/pdf.")
    parser = MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=4)
    # By default a larger file goes through a temporary file on disk.
    parser.spool_max_size = 2 * MOST_BYTES
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Problem(400, detail="The form cannot be read.") from error
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise Problem(400, "file_missing", detail="The form has no field `file`.")
    try:
        return await file.read()
    finally:
        await form.close()
