"""Serves the emulator behind TLS, so that the image uses https and a host name."""

import asyncio
import ssl

from genesis_emulator import Emulator

SPEED = 30


async def main() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain("/tls/server.pem")
    with Emulator(host="127.0.0.1", port=8765, speed=SPEED):
        server = await asyncio.start_server(relay, "0.0.0.0", 443, ssl=context)
        await server.serve_forever()


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    from_emulator, to_emulator = await asyncio.open_connection("127.0.0.1", 8765)
    await asyncio.gather(copy(reader, to_emulator), copy(from_emulator, writer))


async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.close()


asyncio.run(main())
