"""Permits to travel between the mainland and Hong Kong, Macao or Taiwan: what stands on an invented one, and how it is
drawn."""
from PIL import ImageDraw

from cards import SPELT, SPELT_GIVEN, mrz_date
from ink import BOLD, CHINESE, LIBERATION_MONO, MONO, SANS, ground, portrait, text
from people import PROVINCES, day, digits, iso, permit_zone, years_on

AUTHORITIES = ("公安部出入境管理局", "国家移民管理局", "中华人民共和国出入境管理局")
ENGLISH = {"往来港澳通行证": "EXIT-ENTRY PERMIT FOR TRAVELLING TO AND FROM HONG KONG AND MACAO",
           "往来台湾通行证": "EXIT-ENTRY PERMIT FOR TRAVELLING TO AND FROM TAIWAN",
           "港澳居民来往内地通行证": "MAINLAND TRAVEL PERMIT FOR HONG KONG AND MACAO RESIDENTS",
           "台湾居民来往大陆通行证": "MAINLAND TRAVEL PERMIT FOR TAIWAN RESIDENTS"}


def anybody(chance):
    issued = day(chance, 2014, 2025)
    until = years_on(issued, chance.choice((5, 10)))
    # It ends on the day before.
    issued, until = (*issued[:2], issued[2] % 27 + 2), (*until[:2], until[2] % 27 + 1)
    dotted = lambda date: iso(date).replace("-", ".")
    (family, surname), (own, given) = chance.choice(SPELT), chance.choice(SPELT_GIVEN)
    return {"name": family + own, "name_en": f"{surname}, {given}", "sex": chance.choice("男女"),
            "birth_date": dotted(day(chance, 1945, 2009)), "valid_period": f"{dotted(issued)}-{dotted(until)}",
            "issuing_authority": chance.choice(AUTHORITIES), "side": "front"}


def place_of_issue(chance):
    return chance.choice(PROVINCES)[2][:-1]


def exit_entry(chance, kind, code, number):
    person = anybody(chance)
    iso_date = lambda dotted: dotted.replace(".", "-")
    zone = permit_zone(code, number, mrz_date(iso_date(person["valid_period"][11:])), mrz_date(iso_date(person["birth_date"])))
    return {**person, "number": number, "issue_place": place_of_issue(chance), "machine_code": zone, "type": kind}


def any_exit_entry_permit(chance):
    second = chance.choice("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ")
    return exit_entry(chance, "往来港澳通行证", "CS", "C" + second + digits(chance, 7))


def any_exit_entry_permit_taiwan(chance):
    return exit_entry(chance, "往来台湾通行证", "CD", "L" + digits(chance, 8))


def any_mainland_permit(chance):
    return {**anybody(chance), "number": chance.choice("HM") + digits(chance, 8), "issue_place": "",
            "issue_times": f"{chance.randint(0, 9):02d}", "type": "港澳居民来往内地通行证"}


def any_mainland_permit_taiwan(chance):
    return {**anybody(chance), "number": digits(chance, 8), "issue_place": place_of_issue(chance),
            "issue_times": f"{chance.randint(1, 9):02d}", "type": "台湾居民来往大陆通行证"}


def permit(card, colours, rows):
    picture = ground(1000, 630, *colours)
    pen = ImageDraw.Draw(picture)
    text(pen, (60, 30), card["type"], CHINESE, 40, (40, 40, 60))
    text(pen, (60, 88), ENGLISH[card["type"]], SANS, 17, (40, 40, 60))
    portrait(picture, (60, 150, 300, 470))
    text(pen, (350, 190), card["name_en"], BOLD, 25)
    for x, y, label, field in [(350, 124, "姓名", "name"), (350, 236, "出生日期", "birth_date"), (640, 236, "性别", "sex"),
                               (350, 308, "有效期限", "valid_period"), (350, 380, "签发机关", "issuing_authority"), *rows]:
        text(pen, (x, y), label, CHINESE, 18, (70, 80, 120))
        text(pen, (x, y + 24), card[field], CHINESE, 29)
    return picture, pen


def exit_entry_permit(card):
    colours = ((214, 226, 236), (226, 218, 230)) if card["type"] == "往来港澳通行证" else ((222, 234, 218), (234, 226, 210))
    picture, pen = permit(card, colours, [(800, 380, "签发地点", "issue_place")])
    text(pen, (730, 34), card["number"], LIBERATION_MONO, 38, spacing=25)
    for at, letter in enumerate(card["machine_code"]):
        text(pen, (50 + 30 * at, 545), letter, MONO, 44)
    return picture


def mainland_permit(card):
    rows = [(350, 452, "证件号码", "number"), (640, 452, "换证次数", "issue_times")]
    colours = ((216, 232, 236), (230, 224, 216))
    if card["issue_place"]:
        rows = [(800, 380, "签发地点", "issue_place"), (350, 452, "证件号码", "number"), (640, 452, "签发次数", "issue_times")]
        colours = ((230, 220, 230), (220, 230, 224))
    return permit(card, colours, rows)[0]
