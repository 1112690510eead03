"""The other sides of three channels, for tests: a mail server with STARTTLS and AUTH, an SMS gateway (SMPP 3.4) and
a receiver of webhooks that checks signatures with the code of docs/notices.md. Beside them is a payment
provider that declines everything.

Says what it received on standard output, one JSON object a line, and takes orders on standard input:

- {"secret": TEXT}: what webhooks are signed with
- {"refuse": {"email": N, "sms": N, "webhook": N}}: refuse the next attempts
- {"unbind": true}: end all SMPP sessions
- {"hold": {CHANNEL: PLACE, ...}}: from now on every dialogue of the channel stands still at this place (see PLACES),
  and says so once. What stands still before "answer" is not taken; at "answer" it is taken and said, and the
  other side does not learn of it.
- {"hang_up": true}: end all connections, and whatever stood still or was not yet read with them; hold no longer;
  then listen again. Nothing that was sent before is taken after it.
"""

import asyncio
import email
import email.policy
import json
import re
import socket
import ssl
import sys
from pathlib import Path

import smpp34
from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = b"inkmeter", b"correct horse"

refuse = {"email": 0, "sms": 0, "webhook": 0}
secret = b""
# SMPP sessions by their id.
sessions = {}

# Where a dialogue can stand still, in the order it comes by.
PLACES = {
    "email": ["hello", "hello_again", "sender", "recipient", "message", "answer"],
    "sms": ["bind", "submit", "answer"],
    "webhook": ["connection", "head", "body", "answer"],
}
hold = {}


async def reach(channel, place):
    """Comes by a place of a dialogue; stands still there, if that was ordered, until the connection ends."""
    wanted = hold.get(channel)
    places = PLACES[channel]
    if wanted is not None and places.index(place) >= places.index(wanted):
        say(via="held", channel=channel, place=place)
        await asyncio.get_running_loop().create_future()


def say(**received):
    print(json.dumps(received), flush=True)


def refuses(channel):
    """Whether this attempt is to be refused; counts down."""
    if refuse[channel] > 0:
        refuse[channel] -= 1
        say(via=channel, refused=True)
        return True
    return False


def authenticate(_server, _session, _envelope, _mechanism, data):
    return AuthResult(success=(data.login, data.password) == (USER, PASSWORD))


class MailServer(SMTP):
    """One connection to the mail server."""

    open = set()

    def __init__(self, context):
        super().__init__(
            Inbox(),
            hostname="peer.example.com",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
            loop=asyncio.get_running_loop(),
        )
        self.below = None

    def connection_made(self, transport):
        # STARTTLS calls it again with a transport above the first one.
        if self.below is None:
            self.below = transport
            MailServer.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error):
        MailServer.open.discard(self)
        super().connection_lost(error)


class Inbox:
    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):
        session.host_name = hostname
        await reach("email", "hello" if session.ssl is None else "hello_again")
        return responses

    async def handle_MAIL(self, _server, _session, envelope, address, options):
        await reach("email", "sender")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 go on"

    async def handle_RCPT(self, _server, _session, envelope, address, options):
        await reach("email", "recipient")
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 go on"

    async def handle_DATA(self, server, session, envelope):
        if refuses("email"):
            return "451 try again later"
        await reach("email", "message")
        if server not in MailServer.open:
            return "421 hung up"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say(
            via="email",
            id=message["Message-ID"],
            to=envelope.rcpt_tos,
            sender=envelope.mail_from,
            subject=message["Subject"],
            text=message.get_body(("plain",)).get_content(),
            html=message.get_body(("html",)).get_content(),
            auto=message["Auto-Submitted"],
            tls=session.ssl is not None,
            authenticated=session.authenticated,
        )
        await reach("email", "answer")
        return "250 taken"


BIND, SUBMIT, SUBMITTED = 0x00000009, 0x00000004, 0x80000004


async def pass_on(reader, writer, places):
    """Passes on SMPP packets one by one; those named in `places` come by a place."""
    while True:
        head = await reader.readexactly(16)
        rest = await reader.readexactly(int.from_bytes(head[:4], "big") - 16)
        place = places.get(int.from_bytes(head[4:8], "big"))
        if place is not None:
            await reach("sms", place)
        writer.write(head + rest)
        await writer.drain()


async def session(reader, writer, port):
    """A connection to the gateway, passed on to where it really is."""
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    ways = [
        asyncio.create_task(pass_on(reader, inner_writer, {BIND: "bind", SUBMIT: "submit"})),
        asyncio.create_task(pass_on(inner_reader, writer, {SUBMITTED: "answer"})),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        inner_writer.transport.abort()


async def gateway(server):
    count = 0
    while True:
        event = await server.next()
        if isinstance(event, smpp34.Esme):
            sessions[event.session_id] = event
            say(via="bind", system_id=event.system_id)
        elif isinstance(event, smpp34.SubmitSmEvent):
            if refuses("sms"):
                event.reject(smpp34.ESME_RTHROTTLED)
                continue
            count += 1
            tlvs = {tlv.tag: tlv.value for tlv in event.tlvs}
            body = tlvs.get(smpp34.TLV_MESSAGE_PAYLOAD, event.short_message)
            say(
                via="sms",
                to=event.destination_addr,
                source=event.source_addr,
                esm_class=event.esm_class,
                data_coding=event.data_coding,
                receipt=event.registered_delivery,
                reference=int.from_bytes(tlvs[smpp34.TLV_USER_MESSAGE_REFERENCE], "big"),
                body=body.hex(),
            )
            identifier = f"msg{count}"
            event.accept(message_id=identifier)
            # The receipt of the message, as appendix B of the protocol has it.
            text = f"id:{identifier} sub:001 dlvrd:001 submit date:2611240000 done date:2611240000 stat:DELIVRD err:000 text:"
            asyncio.ensure_future(receipt(sessions.get(event.session_id), event.destination_addr, text))


async def receipt(session, number, text):
    # After the answer: the gateway has to have told the id first.
    await asyncio.sleep(0.2)
    try:
        await session.deliver_sm(
            source_addr=number, destination_addr="Inkmeter", esm_class=4, short_message=text.encode()
        )
    except Exception:
        # The session may be gone by then: such a receipt is lost.
        pass


async def webhook(reader, writer, verify):
    await reach("webhook", "connection")
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    lines = (line.partition(":") for line in head.split("\r\n")[1:])
    headers = {name.lower(): value.strip() for name, _, value in lines}
    await reach("webhook", "head")
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    await reach("webhook", "body")
    if refuses("webhook"):
        return await answer(writer, "503 Service Unavailable")
    say(
        via="webhook",
        id=headers.get("inkmeter-notice-id"),
        attempt=int(headers.get("inkmeter-attempt", "0")),
        valid=verify(secret, headers, body),
        forged=verify(b"another secret", headers, body),
        body=json.loads(body, parse_float=str),
    )
    await reach("webhook", "answer")
    await answer(writer, "204 No Content")


async def payment(reader, writer, _argument):
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = re.search(r"content-length: (\d+)", head)
    body = await reader.readexactly(int(length[1]) if length else 0)
    if json.loads(body)["amount"] == "3.00":
        return await answer(writer, "503 Service Unavailable")
    await answer(writer, "200 OK", b'{"status": "declined", "detail": "card expired"}')


async def answer(writer, status, body=b""):
    head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


class Door:
    """Where the channels are reached from outside."""

    def __init__(self, context, ports, inner_port, verify):
        self.context, self.ports, self.inner_port, self.verify = context, ports, inner_port, verify
        self.servers, self.connections = [], set()

    async def listen(self):
        smtp_port, smpp_port, secret_smpp_port, http_port, payment_port = self.ports
        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(lambda: MailServer(self.context), "127.0.0.1", smtp_port),
            await asyncio.start_server(
                lambda *streams: self.serve(session, streams, self.inner_port), "127.0.0.1", smpp_port
            ),
            await asyncio.start_server(
                lambda *streams: self.serve(session, streams, self.inner_port),
                "127.0.0.1",
                secret_smpp_port,
                ssl=self.context,
            ),
            await asyncio.start_server(
                lambda *streams: self.serve(webhook, streams, self.verify), "127.0.0.1", http_port
            ),
            await asyncio.start_server(
                lambda *streams: self.serve(payment, streams, None), "127.0.0.1", payment_port
            ),
        ]

    async def serve(self, dialogue, streams, argument):
        task = asyncio.current_task()
        self.connections.add(task)
        try:
            await dialogue(*streams, argument)
            streams[1].close()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            streams[1].transport.abort()
        finally:
            self.connections.discard(task)

    async def hang_up(self):
        # A listener that closes takes along the connections nobody has accepted; those just accepted become
        # dialogues within a few turns of the loop.
        for server in self.servers:
            server.close()
        for _ in range(5):
            await asyncio.sleep(0)
        for connection in MailServer.open:
            connection.below.abort()
        MailServer.open.clear()
        tasks = list(self.connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        hold.clear()
        await self.listen()


def documented_verify(document):
    """The receiver's code, as it is printed in the documentation."""
    blocks = re.findall(r"```python\n(.*?)```", Path(document).read_text(), re.S)
    namespace = {}
    exec(next(block for block in blocks if "def verify(" in block), namespace)
    return namespace["verify"]


async def orders(door):
    global secret
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    async for line in reader:
        order = json.loads(line)
        if "secret" in order:
            secret = order["secret"].encode()
        refuse.update(order.get("refuse", {}))
        hold.update(order.get("hold", {}))
        if order.get("hang_up"):
            await door.hang_up()
        if order.get("unbind"):
            for bound in list(sessions.values()):
                try:
                    await bound.unbind()
                except Exception:
                    pass
            sessions.clear()
        say(via="order")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def main():
    document, certificate, key, *ports = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    inner_port = free_port()
    door = Door(context, [int(port) for port in ports], inner_port, documented_verify(document))
    server = smpp34.Server(host="127.0.0.1", port=inner_port, system_id="peer")
    await server.start()
    task = asyncio.create_task(gateway(server))
    await door.listen()
    say(via="ready")
    await orders(door)
    task.cancel()


asyncio.run(main())
