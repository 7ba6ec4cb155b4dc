"""The words every service uses: identifiers, codes and enumerations. One name per thing, Japanese term beside it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, StringConstraints

RequestId = Annotated[str, StringConstraints(pattern=r"^req_[0-9a-z]{26}$")]
"""`req_` and a lower-case ULID. It names a request (申請), never a person."""

MunicipalityCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
"""全国地方公共団体コード: five digits and a check digit."""

SealedText = Annotated[str, StringConstraints(pattern=r"^sealed:v1:[a-z_]+:[A-Za-z0-9_-]+$")]
"""Ciphertext made by the vault: `sealed:v1:<field>:<base64url(nonce || ciphertext || tag)>`."""

QuestionId = Annotated[str, StringConstraints(pattern=r"^qst_[0-9a-z]{26}$")]
"""`qst_` and a lower-case ULID. It names one question to a resident."""

Yen = Annotated[int, "whole yen, 0 or more"]

CertificateNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}-[0-9]{8}-[0-9A-HJKMNP-TV-Z]{10}$")]
"""発行番号: municipality, date of issue in Japan, ten Crockford base-32 characters."""


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None or moment.utcoffset():
        raise ValueError("give the time in UTC")
    return moment


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment in UTC."""

Day = date
"""A calendar day in Japan (Asia/Tokyo)."""


class Language(StrEnum):
    """Languages a resident may choose (BCP 47; plain Japanese やさしい日本語 by private-use subtag)."""

    JAPANESE = "ja"
    PLAIN_JAPANESE = "ja-x-easy"
    ENGLISH = "en"


class CertificateKind(StrEnum):
    """What the counter issues."""

    RESIDENCE_CERTIFICATE = "residence_certificate"  # 住民票の写し


class CertificateForm(StrEnum):
    """The two sheets of the standard specification (住民記録システム標準仕様書)."""

    HOUSEHOLD = "household"  # 世帯連記式
    INDIVIDUAL = "individual"  # 個人票


class Subjects(StrEnum):
    """Whose record is asked for (住民基本台帳法 §12: one's own, or of the same household)."""

    SELF = "self"  # 本人
    HOUSEHOLD = "household"  # 世帯全員
    MEMBER = "member"  # 同一世帯の一人


class OptionalItem(StrEnum):
    """Items left out unless asked for (住民基本台帳法 §12 (5))."""

    HEAD_AND_RELATIONSHIP = "head_and_relationship"  # 世帯主・続柄
    REGISTERED_DOMICILE = "registered_domicile"  # 本籍・筆頭者
    RESIDENCE_STATUS = "residence_status"  # 国籍・地域、在留資格等


class Delivery(StrEnum):
    """How the certificate reaches the resident."""

    DOWNLOAD = "download"  # 電子交付


class OtherWay(StrEnum):
    """The ways without card, chat or number; always open."""

    COUNTER = "counter"  # 窓口
    POST = "post"  # 郵送


class Channel(StrEnum):
    """Where a request came from."""

    LINE = "line"
    API = "api"


class ProofMethod(StrEnum):
    """How a person proves who they are. Codes are stable; the law's letters shift (domain facts §2)."""

    JPKI_SIGNATURE = "jpki_signature"  # 署名用電子証明書
    PHOTO_AND_SELFIE = "photo_and_selfie"  # 本人確認書類の画像と容貌
    COUNTER = "counter"  # 窓口での本人確認


class AssuranceLevel(StrEnum):
    """Identity assurance level, NIST SP 800-63A."""

    IAL1 = "ial1"
    IAL2 = "ial2"
    IAL3 = "ial3"


class IdentityReason(StrEnum):
    """Why identity did not say *verified*."""

    CHALLENGE_EXPIRED = "challenge_expired"
    NONCE_REUSED = "nonce_reused"
    MALFORMED = "malformed"
    TEXT_ALTERED = "text_altered"
    SIGNATURE_INVALID = "signature_invalid"
    WRONG_CERTIFICATE_KIND = "wrong_certificate_kind"
    UNTRUSTED_ISSUER = "untrusted_issuer"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_ON_HOLD = "certificate_on_hold"
    REVOCATION_UNKNOWN = "revocation_unknown"
    PROOF_NOT_LAWFUL = "proof_not_lawful"
    ATTRIBUTES_MISSING = "attributes_missing"
    REFUSED_BY_CLERK = "refused_by_clerk"


class RefusalReason(StrEnum):
    """Why no certificate is issued; none of them says whether a disclosure block exists."""

    NOT_ENTITLED = "not_entitled"
    REFUSED_BY_CLERK = "refused_by_clerk"


class Outcome(StrEnum):
    """How a request ended on intake's side."""

    CANCELLED = "cancelled"  # 取下げ
    EXPIRED = "expired"  # 期限切れ
    REDIRECTED = "redirected"  # 窓口・郵送へ
    REFUSED = "refused"  # 不交付


class NoticeKind(StrEnum):
    """The messages a resident gets, one of each for each thing that happened."""

    ACCEPTED = "accepted"
    PROOF_NEEDED = "proof_needed"
    PROOF_REJECTED = "proof_rejected"
    WITH_CLERK = "with_clerk"
    FEE_DUE = "fee_due"
    READY = "ready"
    REFUSED = "refused"
    CLOSED = "closed"
    REFUNDED = "refunded"
    LATE = "late"
    REVOKED = "revoked"
    QUESTION = "question"
    CHANNEL_TEST = "channel_test"


class NoticeChannel(StrEnum):
    """Where a notice goes."""

    LINE = "line"
    EMAIL = "email"


class ResidentQuestion(StrEnum):
    """What a clerk may ask the resident (照会): a closed list, so that no clerk's own words reach a thread."""

    WHICH_NAME = "which_name"
    NAME_CHANGED = "name_changed"
    MOVED_RECENTLY = "moved_recently"
    WHICH_MEMBER = "which_member"
    COME_WITH_DOCUMENT = "come_with_document"
    CALL_US = "call_us"


NoticeStatus = Literal["queued", "sent", "delivered", "failed", "gave_up"]
