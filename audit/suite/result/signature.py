"""Ed25519 signatures (RFC 8032) by ``cryptography``, of the extra ``sign``."""

from typing import Any

from synthaudit.audit.errors import InputError, PlanError


def signature_of(content: bytes, private: bytes) -> bytes:
    """Return the signature of some content by a private key in PEM."""
    serialization, ed25519 = _library()
    try:
        key = serialization.load_pem_private_key(private, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise InputError(
            "expected an Ed25519 private key in PEM without a password",
            cure="Make one with: openssl genpkey -algorithm ed25519 -out private.pem",
        )
    signature: bytes = key.sign(content)
    return signature


def is_valid(signature: bytes, content: bytes, public: bytes) -> bool:
    """Return whether a signature of some content is that of a public key in PEM."""
    serialization, ed25519 = _library()
    from cryptography.exceptions import InvalidSignature

    try:
        key = serialization.load_pem_public_key(public)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise InputError(
            "expected an Ed25519 public key in PEM",
            cure="Make it of the private one with: openssl pkey -in private.pem -pubout -out public.pem",
        )
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _library() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise PlanError("signatures need the extra 'sign'. Install it with: pip install 'synthaudit[sign]'") from None
    return serialization, ed25519
