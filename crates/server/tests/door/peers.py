"""The other sides of three channels, for tests: a mail server with STARTTLS and AUTH, an SMS gateway (SMPP 3.4) and
a receiver of webhooks that checks signatures with the code of docs/notices.md.

Says what it received on standard output, one JSON object a line, and takes orders on standard input:
{"secret": TEXT} for the webhook, {"refuse": {"email": N, "sms": N, "webhook": N}} for the next attempts,
{"unbind": true} to end all SMPP sessions.
"""

import asyncio
import email
import email.policy
import json
import re
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


class Inbox:
    async def handle_DATA(self, _server, session, envelope):
        if refuses("email"):
            return "451 try again later"
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
        return "250 taken"


async def gateway(port):
    server = smpp34.Server(host="127.0.0.1", port=port, system_id="peer")
    await server.start()
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
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if refuses("webhook"):
            status = "503 Service Unavailable"
        else:
            status = "204 No Content"
            say(
                via="webhook",
                id=headers.get("inkmeter-notice-id"),
                attempt=int(headers.get("inkmeter-attempt", "0")),
                valid=verify(secret, headers, body),
                forged=verify(b"another secret", headers, body),
                body=json.loads(body),
            )
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
    except asyncio.IncompleteReadError:
        pass
    finally:
        writer.close()


def documented_verify(document):
    """The receiver's code, as it is printed in the documentation."""
    blocks = re.findall(r"```python\n(.*?)```", Path(document).read_text(), re.S)
    namespace = {}
    exec(next(block for block in blocks if "def verify(" in block), namespace)
    return namespace["verify"]


async def orders():
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
        if order.get("unbind"):
            for session in list(sessions.values()):
                try:
                    await session.unbind()
                except Exception:
                    pass
            sessions.clear()
        say(via="order")


async def main():
    document, certificate, key, smtp_port, smpp_port, http_port = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()

    def inbox():
        return SMTP(
            Inbox(),
            hostname="peer.example.com",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
            loop=loop,
        )

    server = await loop.create_server(inbox, "127.0.0.1", int(smtp_port))
    verify = documented_verify(document)
    receiver = await asyncio.start_server(
        lambda reader, writer: webhook(reader, writer, verify), "127.0.0.1", int(http_port)
    )
    asyncio.ensure_future(gateway(int(smpp_port)))
    await asyncio.sleep(0)
    say(via="ready")
    await orders()
    server.close()
    receiver.close()


asyncio.run(main())
