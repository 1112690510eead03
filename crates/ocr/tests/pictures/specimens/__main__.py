#!/usr/bin/env python3
"""Draws specimens of documents with invented people, clean and as photographed by hand.

usage: specimens [--out DIR [--each N] [--seed S] [--only CALL]]

Without arguments it draws the pictures that are committed beside this folder. With --out it draws N clean and N noisy
fresh ones of every kind into DIR, the same for the same seed, and writes what stands on each to DIR/fields.json; with --only those of one call.

Needs Pillow and numpy, and the Debian packages fonts-dejavu, fonts-liberation and fonts-noto-cjk. Nobody on the pictures
exists, and no number is anybody's: they only obey the rules of their kind.
"""
import argparse
import json
import os
import random

from PIL import Image, ImageDraw

import air
import business
import cards
import invoices
import licences
import permits
import post
import receipts
import seals
import several
import vat
from ink import SANS, noisy, save, text


class Specimen:
    """A document that can be drawn: its call, what is asked of it, what stands on one, and how it looks."""

    def __init__(self, call, invent, draw, fields=None, fixed=None, **asked):
        self.call, self.invent, self.draw, self.fields, self.fixed, self.asked = call, invent, draw, fields, fixed, asked

    def truth(self, card):
        """What is to be read: what is drawn but not asked for has a name with a line before it."""
        names = self.fields or [name for name in card if not name.startswith("_")]
        return {name: card[name] for name in names}


PERSON = {"name": "林晓舟", "sex": "女", "ethnicity": "汉", "birth": "1993-11-27",
          "address": "浙江省无名市云外区星河路88号3幢502室", "number": "339999199311271040",
          "issue": "无名市公安局云外分局", "valid_from": "2019-05-06", "valid_to": "2039-05-06"}

SPECIMENS = {
    "bankcard": Specimen("bankcard", cards.any_bankcard, cards.bankcard, fixed={
        "bank_name": "中国工商银行", "card_number": "6222 0210 0012 3456 781", "expiry_date": "09/31"}),
    "bankcard_visa": Specimen("bankcard", cards.any_bankcard_visa, cards.bankcard_visa, fixed={
        "bank_name": "招商银行", "card_number": "4392 2501 0203 0409", "issue_date": "11/23", "expiry_date": "11/28"}),
    "business_card": Specimen("business-card", business.any_business_card, business.business_card),
    "business_card_latin": Specimen("business-card", business.any_business_card_latin, business.business_card),
    "business_license": Specimen("business-license", licences.any_business_license, licences.business_license),
    "business_license_upright": Specimen(
        "business-license", licences.any_business_license_upright, licences.business_license_upright),
    "driver_front": Specimen(
        "driver-license", licences.any_driver, licences.driver_front, licences.DRIVER_FRONT, side="front"),
    "driver_back": Specimen("driver-license", licences.any_driver, licences.driver_back, licences.DRIVER_BACK, side="back"),
    "exit_entry_permit": Specimen("exit-entry-permit", permits.any_exit_entry_permit, permits.exit_entry_permit),
    "exit_entry_permit_taiwan": Specimen(
        "exit-entry-permit", permits.any_exit_entry_permit_taiwan, permits.exit_entry_permit),
    "flight_itinerary": Specimen("flight-itinerary", air.any_flight_itinerary, air.flight_itinerary, air.FIELDS),
    "id_front": Specimen("id-card", cards.any_id_front, cards.id_front, fixed=PERSON, side="front"),
    "id_back": Specimen("id-card", cards.any_id_back, cards.id_back, fixed=PERSON, side="back"),
    "id_document": Specimen("id-document", cards.any_id_document, cards.id_document_front),
    "id_document_back": Specimen("id-document", cards.any_id_document_back, cards.id_document_back),
    "license_plate": Specimen("license-plate", licences.any_license_plate, licences.license_plate),
    "mainland_permit": Specimen("mainland-travel-permit", permits.any_mainland_permit, permits.mainland_permit),
    "mainland_permit_taiwan": Specimen(
        "mainland-travel-permit", permits.any_mainland_permit_taiwan, permits.mainland_permit),
    "mvs_invoice": Specimen("mvs-invoice", invoices.any_mvs_invoice, invoices.mvs_invoice),
    "passport": Specimen("passport", cards.any_passport, cards.passport, fixed={
        "passport_number": "K3Z90417B", "surname": "LINDQVIST", "given_name": "MARTA SELMA", "sex": "F",
        "date_of_birth": "1988-03-14", "date_of_issue": "2021-09-09", "date_of_expiry": "2031-09-08",
        "place_of_birth": "ZENITH", "issuing_authority": "PASSPORT OFFICE"}),
    "passport_chn": Specimen("passport", cards.any_passport_chn, cards.passport_chn, fixed={
        "passport_number": "EX7402916", "surname": "LIN", "given_name": "XIAOZHOU", "name": "林晓舟", "sex": "F",
        "local_sex": "女", "date_of_birth": "1993-11-27", "date_of_issue": "2022-05-16", "date_of_expiry": "2032-05-15",
        "place_of_birth": "ZHEJIANG", "place_of_issue": "ZHEJIANG", "issuing_authority": "国家移民管理局"}),
    "quota_invoice": Specimen("quota-invoice", receipts.any_quota_invoice, receipts.quota_invoice),
    "seal": Specimen("seal", seals.any_page, seals.page, fixed=seals.page_of_each_shape(random.Random("seals in ink"))),
    "taxi_invoice": Specimen("taxi-invoice", receipts.any_taxi_invoice, receipts.taxi_invoice),
    "toll_invoice": Specimen("toll-invoice", receipts.any_toll_invoice, receipts.toll_invoice),
    "train_ticket": Specimen("train-ticket", receipts.any_train_ticket, receipts.train_ticket),
    "vat_invoice": Specimen("vat-invoice", vat.any_vat_invoice, vat.vat_invoice, vat.FIELDS),
    "vehicle_front": Specimen(
        "vehicle-license", licences.any_vehicle, licences.vehicle_front, licences.VEHICLE_FRONT, side="front"),
    "vehicle_back": Specimen(
        "vehicle-license", licences.any_vehicle, licences.vehicle_back, licences.VEHICLE_BACK, side="back"),
    "waybill": Specimen("waybill-electronic", post.any_waybill, post.waybill, post.FIELDS),
    "vin": Specimen("vin", cards.any_vin, cards.vin, fixed={"vin": "LZZBA41K5M7512086"}),
}

# Of these, the noisy picture alone is committed.
NOISY_ALONE = ("id_back", "exit_entry_permit_taiwan", "mainland_permit_taiwan")
# Both sides on one sheet.
BOTH = {
    "id_both": ("id_front", cards.id_both),
    "driver_both": ("driver_front", licences.both(licences.driver_front, licences.driver_back)),
    "vehicle_both": ("vehicle_front", licences.both(licences.vehicle_front, licences.vehicle_back)),
}
# Those that are told apart when several of them are on one picture.
TOLD_APART = ("bankcard", "bankcard_visa", "driver_front", "driver_back", "id_front", "id_back", "mvs_invoice", "passport",
              "passport_chn", "quota_invoice", "taxi_invoice", "toll_invoice", "train_ticket", "vat_invoice",
              "vehicle_front", "vehicle_back")
# Several on one picture: what lies on what, in rows of two; both of one kind are not the same.
SEVERAL = {
    "several": (several.GROUNDS[0], ("train_ticket", "quota_invoice", "quota_invoice")),
    "several_scanned": (several.GROUNDS[2], ("toll_invoice", "train_ticket")),
}
# The noise of pictures that were committed first.
SEEDS = {"vin": 40, "passport": 41, "passport_chn": 42, "bankcard": 43, "bankcard_visa": 44, "id_front": 45, "id_back": 46}


def card_of(name):
    """What stands on the committed one."""
    specimen = SPECIMENS[name]
    return specimen.fixed or specimen.invent(random.Random(f"{name} of the tests"))


def several_of(name):
    """What lies on the committed one, and how it looks."""
    ground, names = SEVERAL[name]
    chance = random.Random(f"{name} of the tests")
    cards = [SPECIMENS[each].invent(chance) for each in names]
    picture = several.scene(chance, [SPECIMENS[each].draw(card) for each, card in zip(names, cards)], ground, 2, 2)
    return list(zip(names, cards)), picture


def committed(folder):
    # A number as it may be cut out of a form: a line of eight pixels.
    line = Image.new("RGB", (420, 64), (252, 252, 250))
    text(ImageDraw.Draw(line), (10, 2), "2026 1107 593", SANS.replace("Regular", "Italic"), 50, (30, 40, 120))
    save(line.resize((53, 8), Image.Resampling.LANCZOS), os.path.join(folder, "line_small.jpg"))
    save(cards.poster(None), os.path.join(folder, "poster.jpg"))
    for name, (of, draw) in BOTH.items():
        save(draw(card_of(of)), os.path.join(folder, f"{name}.jpg"))
    for name in SEVERAL:
        documents, picture = several_of(name)
        save(picture, os.path.join(folder, f"{name}.jpg"))
        save(noisy(picture, sum(name.encode())), os.path.join(folder, f"{name}_noisy.jpg"))
        for each, card in documents:
            print(name, each, json.dumps(SPECIMENS[each].truth(card), ensure_ascii=False))
    for name, specimen in SPECIMENS.items():
        card = card_of(name)
        if name not in NOISY_ALONE:
            save(specimen.draw(card), os.path.join(folder, f"{name}.jpg"))
        seed = SEEDS.get(name, sum(name.encode()))
        save(noisy(specimen.draw(card), seed), os.path.join(folder, f"{name}_noisy.jpg"))
        if not specimen.fixed:
            print(name, json.dumps(specimen.truth(card), ensure_ascii=False))


def fresh(folder, each, seed, only):
    os.makedirs(folder, exist_ok=True)
    listed = []
    for name, specimen in SPECIMENS.items():
        if only not in (None, specimen.call):
            continue
        for number in range(2 * each):
            chance = random.Random(f"{seed} {name} {number}")
            card, is_noisy = specimen.invent(chance), number % 2 == 1
            picture, file = specimen.draw(card), f"{name}_{number // 2:03d}{'_noisy' if is_noisy else ''}.jpg"
            if is_noisy:
                picture = noisy(picture, chance.getrandbits(32), chance.uniform(-4, 4), chance.uniform(.4, .9),
                                chance.uniform(3, 8), chance.uniform(.01, .045))
            picture.save(os.path.join(folder, file), quality=50 if is_noisy else 88)
            listed.append({"img": file, "specimen": name, "call": specimen.call, "asked": specimen.asked,
                           "noisy": is_noisy, "fields": specimen.truth(card)})
    for number in range(0 if only else 2 * each):
        chance = random.Random(f"{seed} several {number}")
        names = [chance.choice(TOLD_APART) for _ in range(chance.randint(2, 6))]
        cards, is_noisy = [SPECIMENS[name].invent(chance) for name in names], number % 2 == 1
        pictures = [SPECIMENS[name].draw(card) for name, card in zip(names, cards)]
        ground = chance.choice(several.GROUNDS)
        picture = several.scene(chance, pictures, ground, 6 if is_noisy else 1.5, chance.randint(1, 3))
        if is_noisy:
            picture = noisy(picture, chance.getrandbits(32), chance.uniform(-4, 4), chance.uniform(.4, .7),
                            chance.uniform(3, 8), chance.uniform(.01, .03))
        file = f"several_{number // 2:03d}{'_noisy' if is_noisy else ''}.jpg"
        picture.save(os.path.join(folder, file), quality=60 if is_noisy else 88)
        documents = [{"type": SPECIMENS[name].call.replace("-", "_"), "fields": SPECIMENS[name].truth(card)}
                     for name, card in zip(names, cards)]
        listed.append({"img": file, "specimen": "several", "call": "auto-classification", "asked": {}, "noisy": is_noisy,
                       "fields": {}, "documents": documents})
    with open(os.path.join(folder, "fields.json"), "w", encoding="utf-8") as file:
        json.dump(listed, file, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Draws specimens of documents with invented people.")
    asked.add_argument("--out")
    asked.add_argument("--each", type=int, default=10)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only")
    asked = asked.parse_args()
    if asked.out:
        fresh(asked.out, asked.each, asked.seed, asked.only)
    else:
        committed(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
