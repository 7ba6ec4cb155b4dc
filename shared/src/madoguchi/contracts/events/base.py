"""What every event shares, and the options of a certificate."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts.vocabulary import CertificateForm, MunicipalityCode, OptionalItem, RequestId, Subjects


class Event(BaseModel):
    """What all events share: whose request, which town."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    TYPE: ClassVar[str]

    request_id: RequestId
    municipality: MunicipalityCode


class CertificateOptions(BaseModel):
    """What exactly is asked for; everything optional is left out unless named (住民基本台帳法 §12 (5))."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: CertificateForm = CertificateForm.INDIVIDUAL
    subjects: Subjects = Subjects.SELF
    include: tuple[OptionalItem, ...] = ()
