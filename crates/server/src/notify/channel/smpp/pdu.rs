//! Messages of the protocol, made and read.

use rusmpp::pdus::{BindTransceiver, DeliverSm, SubmitSm};
use rusmpp::tlvs::{MessageSubmissionRequestTlvValue, TlvTag, TlvValue};
use rusmpp::types::{AnyOctetString, COctetString, OctetString};
use rusmpp::values::{
    DataCoding, EsmClass, InterfaceVersion, MessagePayload, Npi, RegisteredDelivery, Ton,
    UserMessageReference,
};
use rusmpp::{CommandStatus, Pdu};
use sha2::{Digest, Sha256};

use crate::notify::channel::gsm7::{Coding, Encoded, encode, header};
use crate::notify::config::{Concatenation, Secret, SmppConfig};

/// The bit of `esm_class` that says that the text begins with a header.
const UDHI: u8 = 0x40;
/// The bits of `esm_class` that say that a message is a receipt.
const RECEIPT_BITS: u8 = 0x04;

/// Who a message is from, and how it is sent.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    source: COctetString<1, 21>,
    ton: Ton,
    npi: Npi,
    concatenation: Concatenation,
    receipts: bool,
}

/// A C-octet string of at most `MAX - 1` visible ASCII characters.
fn text<const MAX: usize>(what: &str, value: &str) -> Result<COctetString<1, MAX>, String> {
    let wrong = || format!("{what}: at most {} visible ASCII characters", MAX - 1);
    if value.len() >= MAX || !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err(wrong());
    }
    COctetString::from_string(value.to_owned()).map_err(|_| wrong())
}

/// The request that opens a session.
pub(super) fn bind(config: &SmppConfig, password: Option<&Secret>) -> Result<BindTransceiver, String> {
    if config.host.is_empty() {
        return Err("notify.sms.smpp.host: the gateway's name is missing".into());
    }
    Ok(BindTransceiver::builder()
        .system_id(text("notify.sms.smpp.system_id", &config.system_id)?)
        .password(text("notify.sms.smpp: the password", password.map_or("", Secret::expose))?)
        .system_type(text("notify.sms.smpp.system_type", &config.system_type)?)
        .interface_version(InterfaceVersion::Smpp3_4)
        .build())
}

impl Sender {
    pub(super) fn new(config: &SmppConfig) -> Result<Sender, String> {
        let source = &config.source;
        let what = "notify.sms.smpp.source";
        let (ton, npi) = match source.strip_prefix('+').unwrap_or(source) {
            "" => (Ton::Unknown, Npi::Unknown),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                (if source.starts_with('+') { Ton::International } else { Ton::Unknown }, Npi::Isdn)
            }
            name if name.len() <= 11 => (Ton::Alphanumeric, Npi::Unknown),
            _ => return Err(format!("{what}: a name has at most 11 characters")),
        };
        let source = text(what, source.strip_prefix('+').unwrap_or(source))?;
        Ok(Sender { source, ton, npi, concatenation: config.concatenation, receipts: config.receipts })
    }

    /// The requests that carry a text to a number: one, or one for each part.
    pub(super) fn submits(&self, key: &str, address: &str, sms: &str) -> Result<Vec<SubmitSm>, String> {
        let number = address.strip_prefix('+').unwrap_or(address);
        let destination: COctetString<1, 21> = text("the number", number)?;
        let encoded = encode(sms);
        let reference = reference(key);
        let [_, low] = reference.to_be_bytes();
        let parts = encoded.parts();
        let bodies: Vec<(u8, Vec<u8>)> = match (parts.len(), self.concatenation) {
            (1, _) => parts.into_iter().map(|part| (0, part)).collect(),
            (count, Concatenation::Udh) => {
                let headed = parts
                    .iter()
                    .zip(1..)
                    .map(|(part, number)| (UDHI, [&header(low, count, number)[..], part].concat()));
                headed.collect()
            }
            (_, Concatenation::Payload) => {
                return Ok(vec![self.whole(destination, &encoded, reference)]);
            }
        };
        bodies
            .into_iter()
            .map(|(esm_class, body)| {
                let body = OctetString::from_vec(body).map_err(|problem| problem.to_string())?;
                let mut submit = self.empty(destination.clone(), encoded.coding, reference);
                submit.esm_class = EsmClass::from(esm_class);
                submit.set_short_message(body);
                Ok(submit)
            })
            .collect()
    }

    fn whole(&self, destination: COctetString<1, 21>, encoded: &Encoded, reference: u16) -> SubmitSm {
        let mut submit = self.empty(destination, encoded.coding, reference);
        let payload = MessagePayload::new(AnyOctetString::from_vec(encoded.whole()));
        submit.push_tlv(MessageSubmissionRequestTlvValue::MessagePayload(payload));
        submit
    }

    fn empty(&self, destination: COctetString<1, 21>, coding: Coding, reference: u16) -> SubmitSm {
        let mut submit = SubmitSm::builder()
            .source_addr_ton(self.ton)
            .source_addr_npi(self.npi)
            .source_addr(self.source.clone())
            .dest_addr_ton(Ton::International)
            .dest_addr_npi(Npi::Isdn)
            .destination_addr(destination)
            // The library's default has a bit set that marks an acknowledgement.
            .esm_class(EsmClass::from(0))
            .registered_delivery(RegisteredDelivery::from(u8::from(self.receipts)))
            .data_coding(match coding {
                Coding::Gsm7 => DataCoding::McSpecific,
                Coding::Ucs2 => DataCoding::Ucs2,
            })
            .build();
        let reference = UserMessageReference::from(reference);
        submit.push_tlv(MessageSubmissionRequestTlvValue::UserMessageReference(reference));
        submit
    }
}

/// The reference of a delivery: the same at every attempt.
pub(super) fn reference(key: &str) -> u16 {
    let hash = Sha256::digest(key);
    u16::from_be_bytes([hash[0], hash[1]])
}

/// What a status means for a message: `None` when it was accepted, or why not and whether for good.
pub(super) fn judge(status: CommandStatus) -> Option<(String, bool)> {
    if status == CommandStatus::EsmeRok {
        return None;
    }
    let is_final = matches!(u32::from(status), 0x01 | 0x0b | 0x50 | 0x51);
    Some((name(status), is_final))
}

/// A status in the words of the protocol.
pub(super) fn name(status: CommandStatus) -> String {
    format!("{status:?} (0x{:08x})", u32::from(status))
}

/// True if the gateway asks us to slow down: `ESME_RTHROTTLED`, `ESME_RMSGQFUL`.
pub(super) fn is_throttled(status: CommandStatus) -> bool {
    matches!(u32::from(status), 0x58 | 0x14)
}

/// What a receipt says: the gateway's id of the message, and what became of it. `None` for other messages.
pub(super) fn receipt(deliver: &DeliverSm) -> Option<(String, String)> {
    if u8::from(deliver.esm_class) & RECEIPT_BITS == 0 {
        return None;
    }
    let (mut id, mut state) = (None, None);
    for tlv in deliver.tlvs() {
        match (tlv.tag(), tlv.value()) {
            (TlvTag::ReceiptedMessageId, Some(TlvValue::ReceiptedMessageId(value))) => {
                id = Some(value.as_str().to_owned());
            }
            (TlvTag::MessageState, Some(TlvValue::MessageState(value))) => state = Some(format!("{value:?}")),
            _ => {}
        }
    }
    // Appendix B: `id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:E Text:`
    let body = String::from_utf8_lossy(deliver.short_message().as_ref()).into_owned();
    let field = |name: &str| {
        let start = body.find(name)? + name.len();
        body[start..].split_whitespace().next().map(str::to_owned)
    };
    Some((id.or_else(|| field("id:"))?, field("stat:").or(state)?))
}

/// The name of a message of the protocol, for errors.
pub(super) fn kind(pdu: Option<&Pdu>) -> String {
    pdu.map_or_else(|| "nothing".into(), |pdu| format!("{:?}", pdu.command_id()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, DEFAULTS};

    fn config() -> SmppConfig {
        let mut config = Config::parse(DEFAULTS).unwrap().notify.sms.smpp;
        config.host = "gateway.example.com".into();
        config
    }

    fn payload(submit: &SubmitSm) -> Option<Vec<u8>> {
        submit.tlvs().iter().find_map(|tlv| match tlv.value() {
            Some(TlvValue::MessagePayload(payload)) => Some(payload.value.as_ref().to_vec()),
            _ => None,
        })
    }

    #[test]
    fn long_texts_go_in_parts_of_one_reference() {
        let sender = Sender::new(&config()).unwrap();
        let long = "长".repeat(150);
        let parts = sender.submits("a.1.r", "+8613800138000", &long).unwrap();
        assert_eq!(parts.len(), 3);
        for (part, number) in parts.iter().zip(1_u8..) {
            assert_eq!((u8::from(part.esm_class), part.data_coding), (UDHI, DataCoding::Ucs2));
            let body = part.short_message().as_ref();
            let low = reference("a.1.r").to_be_bytes()[1];
            assert_eq!(body[..6], [5, 0, 3, low, 3, number]);
            assert!(body.len() <= 140, "a short message has 140 octets");
            assert_eq!(part.destination_addr.as_str(), "8613800138000");
        }
        // The same delivery again: the same reference, so a phone sees it as the same.
        assert_eq!(sender.submits("a.1.r", "+8613800138000", &long).unwrap(), parts);
        let one = sender.submits("a.1.r", "+8613800138000", "short [text]").unwrap();
        assert_eq!(
            (one.len(), u8::from(one[0].esm_class), one[0].data_coding),
            (1, 0, DataCoding::McSpecific)
        );
        assert_eq!(one[0].short_message().as_ref(), b"short \x1b<text\x1b>");
    }

    #[test]
    fn or_whole_where_the_gateway_takes_them_apart() {
        let config = SmppConfig { concatenation: Concatenation::Payload, ..config() };
        let sender = Sender::new(&config).unwrap();
        let parts = sender.submits("a.1.r", "+8613800138000", &"长".repeat(150)).unwrap();
        assert_eq!((parts.len(), parts[0].sm_length()), (1, 0));
        assert_eq!(payload(&parts[0]).map(|payload| payload.len()), Some(300));
        let one = sender.submits("a.1.r", "+8613800138000", "short").unwrap();
        assert_eq!((payload(&one[0]), one[0].short_message().as_ref()), (None, &b"short"[..]));
    }

    #[test]
    fn what_does_not_fit_the_protocol_is_refused() {
        assert!(Sender::new(&SmppConfig { source: "a much too long name".into(), ..config() }).is_err());
        assert!(Sender::new(&SmppConfig { source: "名字".into(), ..config() }).is_err());
        assert!(Sender::new(&SmppConfig { source: "+8610690000".into(), ..config() }).is_ok());
        let long = Secret::new("nine char");
        assert!(bind(&config(), Some(&long)).is_err_and(|e| e.contains("at most 8")));
        assert!(bind(&SmppConfig { system_id: "sixteen letters!".into(), ..config() }, None).is_err());
        assert!(bind(&SmppConfig { host: String::new(), ..config() }, None).is_err());
        assert!(bind(&config(), Some(&Secret::new("secret08"))).is_ok());
    }

    #[test]
    fn receipts_are_read_from_text_and_from_parameters() {
        let body = b"id:7220bb6b sub:001 dlvrd:001 submit date:2611241500 done date:2611241501 stat:UNDELIV err:069 text:x";
        let mut deliver = DeliverSm::default();
        deliver.esm_class = EsmClass::from(0x04);
        deliver.set_short_message(OctetString::from_slice(body).unwrap());
        assert_eq!(receipt(&deliver), Some(("7220bb6b".into(), "UNDELIV".into())));
        deliver.esm_class = EsmClass::from(0);
        assert_eq!(receipt(&deliver), None, "somebody answered; that is no receipt");
        let mut deliver = DeliverSm::default();
        deliver.esm_class = EsmClass::from(0x04);
        assert_eq!(receipt(&deliver), None);
    }

    #[test]
    fn which_answers_are_final() {
        assert_eq!(judge(CommandStatus::EsmeRok), None);
        for (status, is_final) in [(0x0b, true), (0x01, true), (0x08, false), (0x45, false), (0x58, false)] {
            let judged = judge(CommandStatus::from(status)).unwrap();
            assert_eq!(judged.1, is_final, "{judged:?}");
        }
        assert!(is_throttled(CommandStatus::from(0x58)) && is_throttled(CommandStatus::from(0x14)));
        assert!(!is_throttled(CommandStatus::from(0x08)));
    }
}
