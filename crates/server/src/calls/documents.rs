//! Calls about one kind of document: their shapes and their rules brought together.

use ocr::kind::business_card::{self, Item};
use ocr::kind::{self, Contact, Fields, handwriting, id_card, id_document, passport, web_image};
use wire::ocr::bankcard as of_bank;
use wire::ocr::business_card as of_business;
use wire::ocr::handwriting as of_hand;
use wire::ocr::id_card as of_card;
use wire::ocr::id_document as of_any;
use wire::ocr::passport as of_passport;
use wire::ocr::vin as of_vin;
use wire::ocr::web_image as of_web;
use wire::ocr::{Confidences, Invalid, Locations, OnlyPicture};

use super::{Document, rounded};

/// What a field says, if the document has it.
pub(super) fn value(fields: &Fields, name: &str) -> Option<String> {
    fields.get(name).map(|field| field.value.clone())
}

pub(super) fn confidences(fields: &Fields) -> Confidences {
    fields.iter().map(|field| (field.name, rounded(field.confidence))).collect()
}

pub(super) fn locations(fields: &Fields) -> Locations {
    fields.iter().filter_map(|field| Some((field.name, field.location?))).collect()
}

/// `web-image`.
#[derive(Debug)]
pub struct WebImage;

impl Document for WebImage {
    const CALL: &'static str = "web-image";
    type Kind = kind::WebImage;
    type Body = of_web::Body;
    type Result = of_web::WebImage;

    fn asked(body: &of_web::Body) -> Result<web_image::Asked, Invalid> {
        let contact = body.extract()?.contact_info;
        Ok(web_image::Asked { contact, single_orientation: !body.detects_text_direction() })
    }

    fn result(found: web_image::Found, body: &of_web::Body) -> of_web::WebImage {
        let page = found.page;
        let (width, height) = (page.width, page.height);
        // What cannot be was refused before.
        let extract = body.extract().unwrap_or_default();
        let contact = |contact: Contact| of_web::ContactInfo {
            name: contact.name,
            phone: contact.phone,
            province: contact.province,
            city: contact.city,
            district: contact.district,
            detail_address: contact.detail,
        };
        of_web::WebImage {
            words_block_count: page.blocks.len(),
            words_block_list: page
                .blocks
                .into_iter()
                .map(|block| of_web::WordsBlock {
                    words: block.words,
                    confidence: rounded(block.confidence),
                    location: block.location,
                })
                .collect(),
            extracted_data: of_web::ExtractedData {
                contact_info: found.contact.map(contact),
                image_size: extract.image_size.then_some(of_web::ImageSize { height, width }),
            },
        }
    }
}

/// `handwriting`.
#[derive(Debug)]
pub struct Handwriting;

impl Document for Handwriting {
    const CALL: &'static str = "handwriting";
    type Kind = kind::Handwriting;
    type Body = of_hand::Body;
    type Result = of_hand::Handwriting;

    fn asked(body: &of_hand::Body) -> Result<handwriting::Asked, Invalid> {
        use of_hand::CharSet::{Digit, DigitLetter, General, Letter};
        let set = body.char_set()?;
        Ok(handwriting::Asked {
            single_line: body.is_single_line(),
            digits: matches!(set, Digit | DigitLetter | General),
            letters: matches!(set, Letter | DigitLetter | General),
            others: set == General,
        })
    }

    fn result(page: ocr::Page, _: &of_hand::Body) -> of_hand::Handwriting {
        of_hand::Handwriting {
            words_block_count: page.blocks.len(),
            words_block_list: page
                .blocks
                .into_iter()
                .map(|block| of_hand::WordsBlock {
                    words: block.words,
                    confidence: rounded(block.confidence),
                    location: block.location,
                })
                .collect(),
        }
    }
}

/// `vin`.
#[derive(Debug)]
pub struct Vin;

impl Document for Vin {
    const CALL: &'static str = "vin";
    type Kind = kind::Vin;
    type Body = OnlyPicture;
    type Result = of_vin::Vin;

    fn asked(_: &OnlyPicture) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: Fields, _: &OnlyPicture) -> of_vin::Vin {
        of_vin::Vin { vin: found.value("vin").to_owned() }
    }
}

/// `passport`.
#[derive(Debug)]
pub struct Passport;

impl Document for Passport {
    const CALL: &'static str = "passport";
    type Kind = kind::Passport;
    type Body = of_passport::Body;
    type Result = of_passport::Passport;

    fn asked(body: &of_passport::Body) -> Result<passport::Asked, Invalid> {
        Ok(match body.country()? {
            of_passport::Country::Any => passport::Asked::Any,
            of_passport::Country::General => passport::Asked::ZoneAlone,
            of_passport::Country::China => passport::Asked::Chinese,
        })
    }

    fn result(found: Fields, _: &of_passport::Body) -> of_passport::Passport {
        const LOCAL: [&str; 2] = ["name", "local_sex"];
        let mut confidence = confidences(&found);
        confidence.retain(|name, _| !LOCAL.contains(name));
        let [name, sex] = LOCAL.map(|field| found.value(field).to_owned());
        let local = of_passport::LocalLanguage { name, sex };
        of_passport::Passport {
            confidence: Some(confidence),
            extra_info: (!local.name.is_empty() || !local.sex.is_empty())
                .then_some(of_passport::ExtraInfo { local_language: local }),
            ..of_passport::Passport::of(|name| value(&found, name))
        }
    }
}

/// `bankcard`.
#[derive(Debug)]
pub struct Bankcard;

impl Document for Bankcard {
    const CALL: &'static str = "bankcard";
    type Kind = kind::Bankcard;
    type Body = of_bank::Body;
    type Result = of_bank::Bankcard;

    fn asked(_: &of_bank::Body) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: Fields, body: &of_bank::Body) -> of_bank::Bankcard {
        of_bank::Bankcard {
            confidence: Some(confidences(&found)),
            text_location: body.wants_locations().then(|| locations(&found)),
            ..of_bank::Bankcard::of(|name| value(&found, name))
        }
    }
}

/// `id-card`.
#[derive(Debug)]
pub struct IdCard;

impl Document for IdCard {
    const CALL: &'static str = "id-card";
    type Kind = kind::IdCard;
    type Body = of_card::Body;
    type Result = of_card::IdCard;

    fn asked(body: &of_card::Body) -> Result<id_card::Asked, Invalid> {
        Ok(match body.side()? {
            of_card::Side::Front => id_card::Asked::Front,
            of_card::Side::Back => id_card::Asked::Back,
            of_card::Side::Both => id_card::Asked::Both,
            of_card::Side::Either => id_card::Asked::Either,
        })
    }

    fn result(found: id_card::Found, body: &of_card::Body) -> of_card::IdCard {
        let located = |fields: &Fields| body.wants_locations().then(|| locations(fields));
        let of_front = |front: &id_card::Front| of_card::Verification {
            valid_number: Some(front.number_is_valid),
            valid_birth: front.birth_agrees,
            valid_sex: front.sex_agrees,
            valid_date: None,
        };
        let of_back = |back: &id_card::Back| of_card::Verification {
            valid_date: back.term_is_valid,
            ..of_card::Verification::default()
        };
        let wanted = |verification| body.wants_verification().then_some(verification);
        // What cannot be was refused before.
        let is_double = body.side() == Ok(of_card::Side::Both);
        match (found.front, found.back) {
            (Some(front), Some(back)) if is_double => of_card::IdCard {
                front: Some(of_card::IdCardFront {
                    verification_result: wanted(of_front(&front)),
                    text_location: located(&front.fields),
                    ..of_card::IdCardFront::of(|name| value(&front.fields, name))
                }),
                back: Some(of_card::IdCardBack {
                    verification_result: wanted(of_back(&back)),
                    text_location: located(&back.fields),
                    ..of_card::IdCardBack::of(|name| value(&back.fields, name))
                }),
                ..of_card::IdCard::default()
            },
            (Some(front), _) => of_card::IdCard {
                verification_result: wanted(of_front(&front)),
                text_location: located(&front.fields),
                ..of_card::IdCard::of(|name| value(&front.fields, name))
            },
            (None, Some(back)) => of_card::IdCard {
                verification_result: wanted(of_back(&back)),
                text_location: located(&back.fields),
                ..of_card::IdCard::of(|name| value(&back.fields, name))
            },
            // A page with neither was refused.
            (None, None) => of_card::IdCard::default(),
        }
    }
}

/// `id-document`.
#[derive(Debug)]
pub struct IdDocument;

impl Document for IdDocument {
    const CALL: &'static str = "id-document";
    type Kind = kind::IdDocument;
    type Body = of_any::Body;
    type Result = of_any::IdDocument;

    fn asked(body: &of_any::Body) -> Result<id_document::Asked, Invalid> {
        let types = body.types()?.into_iter().map(|kind| match kind {
            of_any::IdType::Passport => id_document::DocumentType::Passport,
            of_any::IdType::DrivingLicence => id_document::DocumentType::DrivingLicence,
            of_any::IdType::IdentityCard => id_document::DocumentType::IdentityCard,
        });
        Ok(id_document::Asked { countries: body.countries()?.to_vec(), types: types.collect() })
    }

    fn result(found: Fields, _: &of_any::Body) -> of_any::IdDocument {
        of_any::IdDocument {
            confidence: Some(confidences(&found)),
            ..of_any::IdDocument::of(|name| value(&found, name))
        }
    }
}

/// `business-card`.
#[derive(Debug)]
pub struct BusinessCard;

impl Document for BusinessCard {
    const CALL: &'static str = "business-card";
    type Kind = kind::BusinessCard;
    type Body = of_business::Body;
    type Result = of_business::BusinessCard;

    fn asked(_: &of_business::Body) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: business_card::Found, _: &of_business::Body) -> of_business::BusinessCard {
        let extra = |(item, value): (String, String)| of_business::ExtraInfo { item, value };
        of_business::BusinessCard {
            name: found.of(Item::Name),
            title: found.of(Item::Title),
            company: found.of(Item::Company),
            department: found.of(Item::Department),
            phone: found.of(Item::Phone),
            address: found.of(Item::Address),
            email: found.of(Item::Email),
            fax: found.of(Item::Fax),
            postcode: found.of(Item::Postcode),
            website: found.of(Item::Website),
            extra_info_list: found.extras().into_iter().map(extra).collect(),
        }
    }
}
