"""A certificate of our own for TLS peers."""

import shutil
import ssl
import subprocess
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Certificate:
    """What the server shows, and what a client needs to trust it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A fresh certificate for 127.0.0.1, signed by itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command is not installed; it makes the test certificate")
    folder = tmp_path_factory.mktemp("certificate")
    key, chain = str(folder / "key.pem"), str(folder / "chain.pem")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += [
        "-keyout",
        key,
        "-out",
        chain,
        "-days",
        "2",
        "-subj",
        "/CN=peer",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, key)
    return Certificate(server=server, client=ssl.create_default_context(cafile=chain))
