"""Several documents on one picture: on a table, or on the glass of a scanner, where white paper has no edges."""
from PIL import Image

from ink import TABLE

# What they lie on: a dark table, a light one, and a scanner's glass.
GROUNDS = (TABLE, (196, 170, 132), (252, 252, 250))
# The least room between two of them, and around all of them.
ROOM, MARGIN = 40, 50


def scene(chance, pictures, ground, turn, across):
    """The pictures in rows of so many, each turned a little, in a random order of sizes."""
    turned = []
    for picture in pictures:
        # One on which writing is larger than on the others lies farther away.
        scale = min(1, 1600 / picture.width) * chance.uniform(.9, 1)
        picture = picture.resize((int(picture.width * scale), int(picture.height * scale)), Image.Resampling.LANCZOS)
        turned.append(picture.rotate(chance.uniform(-turn, turn), Image.Resampling.BICUBIC, expand=True, fillcolor=ground))
    rows = [turned[at:at + across] for at in range(0, len(turned), across)]
    rooms = [[chance.randint(ROOM, 2 * ROOM) for _ in row] for row in rows]
    width = max(sum(p.width + r for p, r in zip(row, room)) for row, room in zip(rows, rooms)) + 2 * MARGIN
    height = sum(max(p.height for p in row) + ROOM for row in rows) + 2 * MARGIN
    table = Image.new("RGB", (width, height), ground)
    y = MARGIN
    for row, room in zip(rows, rooms):
        x = MARGIN
        for picture, gap in zip(row, room):
            table.paste(picture, (x, y))
            x += picture.width + gap
        y += max(p.height for p in row) + ROOM
    return table
