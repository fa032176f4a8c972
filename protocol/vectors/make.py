#!/usr/bin/env python3
"""Writes tokens.json, statements.json, devices.json and sessions.json: test vectors of the protocol, made without any code of this project.

Needs Python 3.9 and the package `cryptography`. Every run makes new keys, so the files change while their verdicts
do not. Each row names the expected outcome: "accepted", or the cause for which it must be refused.
"""
import base64
import datetime
import hashlib
import json
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID

ORIGIN = "https://portal.example"
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES = {"256": ec.SECP256R1(), "384": ec.SECP384R1(), "512": ec.SECP521R1()}
ORDERS = {
    "256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}
ALL = [family + bits for family in ("ES", "PS", "RS") for bits in ("256", "384", "512")]


def b64(data):
    return base64.b64encode(data).decode()


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def certificate(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Vector")])
    start = datetime.datetime(2026, 1, 1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=3650))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def message(bits, origin, nonce):
    digest = lambda data: hashlib.new("sha" + bits, data).digest()
    return digest(origin.encode()) + digest(nonce.encode())


def sign(key, algorithm, origin, nonce):
    family, bits = algorithm[:2], algorithm[2:]
    data, chosen = message(bits, origin, nonce), HASHES[bits]
    if family == "ES":
        size = (key.curve.key_size + 7) // 8
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(chosen)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if family == "PS":
        return key.sign(data, padding.PSS(padding.MGF1(chosen), chosen.digest_size), chosen)
    return key.sign(data, padding.PKCS1v15(), chosen)


def token(cert, algorithm, signature, /, **changes):
    members = {
        "unverifiedCertificate": b64(cert),
        "algorithm": algorithm,
        "signature": b64(signature),
        "format": "web-eid:1.0",
        "appVersion": "https://kyso.example/releases/0.1.0",
    }
    members.update(changes)
    return json.dumps({k: v for k, v in members.items() if v is not None})


def statement(**changes):
    members = {
        "v": 1,
        "max": 1,
        "portal": ORIGIN,
        "purpose": "login",
        "ask": b64url(bytes(range(16))),
        "challenge": b64url(bytes(range(32))),
        "browser": b64url(hashlib.sha256(b"kyso-browser-v1\0" + b64url(bytes(range(16))).encode() + b"\0" + bytes(32)).digest()),
        "issued": "2026-11-21T07:00:00Z",
        "expires": "2026-11-21T07:05:00Z",
        "algorithms": ["PS256", "ES256", "RS256"],
    }
    members.update(changes)
    return json.dumps({k: v for k, v in members.items() if v is not None}, ensure_ascii=False, separators=(",", ":"))


def tokens():
    stated = statement()
    nonce = "kyso1." + b64url(hashlib.sha256(stated.encode()).digest())
    plain = b64(bytes(range(32)))
    rsa2048 = rsa.generate_private_key(65537, 2048)
    keys = {"ES" + bits: ec.generate_private_key(curve) for bits, curve in CURVES.items()}
    keys.update({family + bits: rsa2048 for family in ("PS", "RS") for bits in HASHES})
    certs = {name: certificate(key) for name, key in keys.items()}
    rows = []

    def row(name, text, expect, origin=ORIGIN, nonce=nonce, algorithms=ALL):
        rows.append({"name": name, "origin": origin, "nonce": nonce, "algorithms": algorithms, "token": text, "expect": expect})

    for algorithm in ALL:
        good = sign(keys[algorithm], algorithm, ORIGIN, nonce)
        row(f"{algorithm} over a statement", token(certs[algorithm], algorithm, good), "accepted")
    es = sign(keys["ES256"], "ES256", ORIGIN, nonce)
    cert = certs["ES256"]
    row("a plain nonce", token(cert, "ES256", sign(keys["ES256"], "ES256", ORIGIN, plain)), "accepted", nonce=plain)
    row("a port in the origin", token(cert, "ES256", sign(keys["ES256"], "ES256", ORIGIN + ":8443", nonce)), "accepted", ORIGIN + ":8443")
    r, s = int.from_bytes(es[:32], "big"), int.from_bytes(es[32:], "big")
    other_s = (ORDERS["256"] - s).to_bytes(32, "big")
    row("the other s of the same signature", token(cert, "ES256", es[:32] + other_s), "accepted")
    row("no appVersion", token(cert, "ES256", es, appVersion=None), "accepted")
    row("a member that the format does not name", token(cert, "ES256", es, action="web-eid:authenticate-success"), "accepted")

    row("another origin", token(cert, "ES256", es), "Signature", "https://portal.example.attacker.example")
    row("another nonce", token(cert, "ES256", es), "Signature", nonce=plain)
    row("another key", token(certificate(ec.generate_private_key(CURVES["256"])), "ES256", es), "Signature")
    row("an algorithm that was not offered", token(cert, "ES256", es), "AlgorithmNotOffered", algorithms=["PS256"])
    row("a DER signature", token(cert, "ES256", utils.encode_dss_signature(r, s)), "SignatureDer")
    over_long = b"\0" + es[:32] + b"\0" + es[32:]
    row("over-long r and s", token(cert, "ES256", over_long), "SignatureLength")
    row("a short signature", token(cert, "ES256", es[:-1]), "SignatureLength")
    row("r is zero", token(cert, "ES256", bytes(32) + es[32:]), "SignatureRange")
    row("s is the order", token(cert, "ES256", es[:32] + ORDERS["256"].to_bytes(32, "big")), "SignatureRange")
    row("ES384 with a P-256 key", token(cert, "ES384", es), "AlgorithmKey")
    row("PS256 with a P-256 key", token(cert, "PS256", es), "AlgorithmKey")
    row("ES256 with an RSA key", token(certs["PS256"], "ES256", es), "AlgorithmKey")
    pss = sign(rsa2048, "PS256", ORIGIN, nonce)
    row("an RSA signature of another length", token(certs["PS256"], "PS256", pss + b"\0"), "SignatureLength")
    row("PS256 presented as RS256", token(certs["PS256"], "RS256", pss), "Signature")
    sha256 = HASHES["256"]
    salted = rsa2048.sign(message("256", ORIGIN, nonce), padding.PSS(padding.MGF1(sha256), 20), sha256)
    row("a PSS salt of 20 bytes", token(certs["PS256"], "PS256", salted), "Signature")
    small = rsa.generate_private_key(65537, 1024)
    row("RSA-1024", token(certificate(small), "PS256", sign(small, "PS256", ORIGIN, nonce)), "Key")
    three = rsa.generate_private_key(3, 2048)
    row("the exponent 3", token(certificate(three), "PS256", sign(three, "PS256", ORIGIN, nonce)), "Key")

    for text in ("web-eid:1", "web-eid:1.1", "web-eid:1.00", "web-eid:1.0 ", "web-eid:10.7", "web-eid:1evil", "WEB-EID:1.0"):
        row(f"the format {text!r}", token(cert, "ES256", es, format=text), "Format")
    row("no format", token(cert, "ES256", es, format=None), "Member")
    row("the format is a number", token(cert, "ES256", es, format=1.0), "Member")
    row("an unknown algorithm", token(cert, "ES256K", es), "Algorithm")
    row("the algorithm none", token(cert, "none", es), "Algorithm")
    row("an empty signature", token(cert, "ES256", b""), "Member")
    row("bytes after the certificate", token(cert + b"\0", "ES256", es), "Certificate")
    row("a certificate cut short", token(cert[:-1], "ES256", es), "Certificate")
    row("no certificate", token(b"not a certificate", "ES256", es), "Certificate")
    good = token(cert, "ES256", es)
    row("a member twice", good[:-1] + ', "algorithm": "ES256"}', "Duplicate")
    row("a member twice, once by escape", good[:-1] + ', "\\u0061lgorithm": "ES256"}', "Duplicate")
    row("two values", good + "{}", "Syntax")
    row("a line break in the base64", token(cert, "ES256", es, signature=b64(es)[:40] + "\n" + b64(es)[40:]), "Base64")
    row("base64 without padding", token(cert, "ES256", es, signature=b64(es).rstrip("=")), "Base64")
    row("base64url", token(cert, "ES256", b"\xfb" * 64, signature=base64.urlsafe_b64encode(b"\xfb" * 64).decode()), "Base64")
    loose = b64(es)[:-3] + chr(ord(b64(es)[-3]) + 1) + "=="
    row("base64 with loose bits", token(cert, "ES256", es, signature=loose), "Base64")
    row("too long", token(cert, "ES256", es, action="x" * 10_000), "Size")
    row("too short", "{}", "Size")
    return rows


def statements():
    rows = []

    def row(name, text, expect):
        digest = hashlib.sha256(text.encode())
        code = hashlib.sha256(b"kyso-code" + text.encode()).digest()
        rows.append({
            "name": name,
            "statement": text,
            "expect": expect,
            "nonce": "kyso1." + b64url(digest.digest()),
            "code": "%04d" % (int.from_bytes(code[30:32], "big") % 10_000),
        })

    person = {"kind": "citizen"}
    text = {"lang": "vi", "value": "Thêm USB ký số vào tài khoản."}
    row("login", statement(), "accepted")
    row("members in another order, blanks between", json.dumps(dict(reversed(json.loads(statement()).items()))), "accepted")
    row("register", statement(purpose="register", subject=person), "accepted")
    row("add-method", statement(purpose="add-method", subject={"kind": "business"}), "accepted")
    row("confirm", statement(purpose="confirm", subject={"kind": "agency"}, text=text), "accepted")
    row("a higher version offered", statement(max=2), "accepted")
    row("another version", statement(v=2, max=2), "Version")
    row("a version as text", statement(v="1"), "Members")
    row("an offer below the version", statement(max=0), "Version")
    row("no version", statement(v=None), "Members")
    row("another member", statement(return_to="https://a.example"), "Members")
    row("a member missing", statement(challenge=None), "Members")
    row("a member twice", statement()[:-1] + ',"purpose":"register"}', "Duplicate")
    row("login with a subject", statement(subject=person), "NotForPurpose")
    row("register without a subject", statement(purpose="register"), "NotForPurpose")
    row("register with a text", statement(purpose="register", subject=person, text=text), "NotForPurpose")
    row("confirm without a text", statement(purpose="confirm", subject=person), "NotForPurpose")
    row("a subject that is null", statement()[:-1] + ',"subject":null}', "Members")
    row("an unknown purpose", statement(purpose="sign"), "Purpose")
    row("an unknown subject", statement(purpose="register", subject={"kind": "tourist"}), "Subject")
    row("an origin with a slash", statement(portal=ORIGIN + "/"), "Portal")
    row("an http origin", statement(portal="http://portal.example"), "Portal")
    row("a short challenge", statement(challenge=b64url(bytes(31))), "Encoding")
    row("a challenge with padding", statement(challenge=base64.urlsafe_b64encode(bytes(32)).decode()), "Encoding")
    row("an id with loose bits", statement(ask="A" * 21 + "B"), "Encoding")
    row("a time with an offset", statement(issued="2026-11-21T14:00:00+07:00"), "Time")
    row("a time with fractions", statement(issued="2026-11-21T07:00:00.5Z"), "Time")
    row("a day that does not exist", statement(issued="2026-02-30T07:00:00Z"), "Time")
    row("six minutes", statement(expires="2026-11-21T07:06:00Z"), "Life")
    row("expires before it was issued", statement(expires="2026-11-21T06:59:59Z"), "Life")
    row("no algorithm", statement(algorithms=[]), "Algorithms")
    row("an algorithm twice", statement(algorithms=["ES256", "ES256"]), "Algorithms")
    row("an unknown algorithm", statement(algorithms=["ES256", "HS256"]), "Algorithms")
    bidi = {"lang": "vi", "value": "100\u202e000"}
    row("a text with a bidi override", statement(purpose="confirm", subject=person, text=bidi), "Text")
    row("a text of another language", statement(purpose="confirm", subject=person, text={"lang": "fr", "value": "a"}), "Text")
    row("too long", statement(portal="https://" + "a" * 2048), "Size")
    return rows


def devices():
    stated = statement()
    nonce = "kyso1." + b64url(hashlib.sha256(stated.encode()).digest())
    holder, device = ec.generate_private_key(CURVES["256"]), ec.generate_private_key(CURVES["256"])
    cert = certificate(holder)
    signature = sign(holder, "ES256", ORIGIN, nonce)
    rows = []

    def spki(key, form=serialization.PublicFormat.SubjectPublicKeyInfo):
        return key.public_key().public_bytes(serialization.Encoding.DER, form)

    def message(stated=stated, cert=cert, signature=signature, prefix=b"kyso-device-v1\0"):
        return prefix + b"".join(hashlib.sha256(part).digest() for part in (stated.encode(), cert, signature))

    def proved(data, key=device):
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def answer(spki, signed, /, **changes):
        members = {"key": b64(spki), "signature": b64(signed)}
        members.update(changes)
        members = {k: v for k, v in members.items() if v is not None}
        whole = {"ask": b64url(bytes(range(16))), "v": 1, "token": json.loads(token(cert, "ES256", signature)), "device": members}
        return json.dumps(whole, separators=(",", ":"))

    def row(name, text, expect):
        rows.append({"name": name, "statement": stated, "message": message().hex(), "answer": text, "expect": expect})

    point = spki(device)[26:]
    good = proved(message())
    row("a proof", answer(spki(device), good), "accepted")
    order = ORDERS["256"]
    high = good[:32] + (order - int.from_bytes(good[32:], "big")).to_bytes(32, "big")
    row("the other s of the same signature", answer(spki(device), high), "accepted")
    row("another statement", answer(spki(device), proved(message(stated=statement(purpose="register")))), "Signature")
    row("another certificate", answer(spki(device), proved(message(cert=certificate(holder)))), "Signature")
    other = sign(holder, "ES256", ORIGIN, nonce)
    row("another signature of the same key", answer(spki(device), proved(message(signature=other))), "Signature")
    row("another device's key", answer(spki(holder), good), "Signature")
    row("the message without its zero", answer(spki(device), proved(message(prefix=b"kyso-device-v1"))), "Signature")
    start = b"kyso-device-start-v1\0" + hashlib.sha256(stated.encode()).digest()
    row("the message of a start", answer(spki(device), proved(start)), "Signature")
    row("the token's own signature", answer(spki(holder), signature), "Signature")
    r, s = int.from_bytes(good[:32], "big"), int.from_bytes(good[32:], "big")
    row("a DER signature", answer(spki(device), utils.encode_dss_signature(r, s)), "SignatureDer")
    row("a short signature", answer(spki(device), good[:-1]), "SignatureLength")
    row("no signature", answer(spki(device), b""), "SignatureLength")
    row("r is zero", answer(spki(device), bytes(32) + good[32:]), "SignatureRange")
    row("s is the order", answer(spki(device), good[:32] + order.to_bytes(32, "big")), "SignatureRange")
    off = bytearray(spki(device))
    off[-1] ^= 1
    row("a point beside the curve", answer(bytes(off), good), "Signature")
    row("a bare point", answer(point, good), "Key")
    squeezed = device.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    row("a compressed point", answer(spki(device)[:1] + b"\x39" + spki(device)[2:24] + b"\x22\x00" + squeezed, good), "Key")
    row("a key of P-384", answer(spki(ec.generate_private_key(CURVES["384"])), good), "Key")
    row("an RSA key", answer(spki(rsa.generate_private_key(65537, 2048)), good), "Key")
    row("bytes after the key", answer(spki(device) + b"\0", good), "Key")
    row("no key", answer(b"", good), "Key")
    row("base64 without padding", answer(spki(device), good, signature=b64(good).rstrip("=")), "Base64")
    row("base64url", answer(spki(device), good, signature=base64.urlsafe_b64encode(b"\xfb" * 64).decode()), "Base64")
    row("a line break in the base64", answer(spki(device), good, signature=b64(good)[:40] + "\n" + b64(good)[40:]), "Base64")
    row("another member", answer(spki(device), good, name="laptop"), "Members")
    row("a key that is no text", answer(spki(device), good, key=1), "Members")
    row("a member missing", answer(spki(device), good, signature=None), "Members")
    text = answer(spki(device), good)
    row("a member twice", text.replace('"device":{', '"device":{"key":"",'), "Duplicate")
    row("two devices", text[:-1] + ',"device":{}}', "Duplicate")
    row("a device that is null", text[: text.index(',"device"')] + ',"device":null}', "Members")
    row("a device and no token", text[: text.index(',"token"')] + text[text.index(',"device"') :], "Outcome")
    return rows


def sessions():
    device = ec.generate_private_key(CURVES["256"])
    spki = device.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    handle = bytes(range(100, 132))
    rows = []

    def message(origin=ORIGIN, handle=handle, wish="state", prefix=b"kyso-device-session-v1\0"):
        return prefix + b"".join(hashlib.sha256(part).digest() for part in (origin.encode(), handle, wish.encode()))

    def call(signed, **changes):
        r, s = utils.decode_dss_signature(device.sign(signed, ec.ECDSA(hashes.SHA256())))
        proof = {"key": b64(spki), "signature": b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))}
        members = {"v": 1, "handle": b64url(handle), "wish": "state", "device": proof}
        members.update(changes)
        return json.dumps({k: v for k, v in members.items() if v is not ...}, separators=(",", ":"))

    def row(name, text, expect, wish="state"):
        rows.append({"name": name, "origin": ORIGIN, "message": message(wish=wish).hex(), "call": text, "expect": expect})

    row("state", call(message()), "accepted")
    row("end", call(message(wish="end"), wish="end"), "accepted", "end")
    row("another wish than was signed", call(message(), wish="end"), "Signature")
    row("another portal", call(message(origin="https://other.example")), "Signature")
    row("another handle", call(message(handle=bytes(32))), "Signature")
    row("the message of an answer", call(message(prefix=b"kyso-device-v1\0")), "Signature")
    row("an unknown wish", call(message(), wish="open"), "Members")
    row("a short handle", call(message(), handle=b64url(handle[:31])), "Id")
    row("no device", call(message(), device=...), "Members")
    row("a device that is null", call(message(), device=None), "Members")
    row("another member", call(message(), account=1), "Members")
    row("a member twice", call(message())[:-1] + ',"wish":"end"}', "Duplicate")
    row("another version", call(message(), v=2), "Version")
    row("too long", call(message(), handle="x" * 1024), "Size")
    return rows


def write(name, rows):
    path = pathlib.Path(__file__).with_name(name)
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(rows)}")


write("tokens.json", tokens())
write("statements.json", statements())
write("devices.json", devices())
write("sessions.json", sessions())
