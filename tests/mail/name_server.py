"""A real name server on loopback that answers from a zone written in the test."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.zone


class NameServer:
    """Knows every record of `zone` (RFC 1035 master file, all names from the root) and answers SERVFAIL for `broken` names."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.questions: list[str] = []
        self.broken: set[str] = set()
        self._zone = _read("")

    @property
    def address(self) -> str:
        """What NEWSLETTER_DNS_SERVER wants."""
        return f"127.0.0.1:{self.port}"

    def publish(self, zone: str) -> None:
        """Answer from this zone from now on."""
        self._zone = _read(zone)

    def answer(self, query: bytes) -> bytes:
        asked = dns.message.from_wire(query)
        (question,) = asked.question
        self.questions.append(f"{question.name.to_text(omit_final_dot=True)} {question.rdtype.name}")
        response = dns.message.make_response(asked)
        response.flags |= dns.flags.AA | dns.flags.RA
        name = question.name.canonicalize()
        if name.to_text(omit_final_dot=True) in self.broken:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif not any(known.is_subdomain(name) for known in self._zone.nodes):
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif (found := self._zone.get_rrset(name, question.rdtype)) is not None:
            response.answer.append(found)
        return response.to_wire(max_size=65535)


@contextmanager
def running_name_server(zone: str = "") -> Iterator[NameServer]:
    """Run a name server for as long as the block."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, endpoint = self.request
            endpoint.sendto(server.answer(query), self.client_address)

    with socketserver.UDPServer(("127.0.0.1", 0), Handler) as endpoint:
        server = NameServer(endpoint.server_address[1])
        server.publish(zone)
        thread = threading.Thread(target=endpoint.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            endpoint.shutdown()
            thread.join()


def _read(zone: str) -> Any:
    text = f"$TTL 60\n{zone}\n"
    return dns.zone.from_text(text, origin=dns.name.root, relativize=False, check_origin=False)
