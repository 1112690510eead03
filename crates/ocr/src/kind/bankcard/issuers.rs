//! Who issued a card, by its first six digits: the commonest ones of the larger banks in China, as public lists of them
//! agree; the card networks' own register is not public. What is not in the table is not known, and nothing is guessed.

use Type::{Credit, Savings};

/// What a card is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Savings,
    Credit,
}

impl Type {
    pub fn word(self) -> &'static str {
        match self {
            Savings => "savings",
            Credit => "credit",
        }
    }
}

/// Who issued a card.
#[derive(Debug)]
pub(super) struct Issuer {
    pub bank: &'static str,
    pub kind: Type,
    prefixes: &'static [u32],
}

const ICBC: &str = "中国工商银行";
const ABC: &str = "中国农业银行";
const BOC: &str = "中国银行";
const CCB: &str = "中国建设银行";
const BOCOM: &str = "交通银行";
const PSBC: &str = "中国邮政储蓄银行";
const CMB: &str = "招商银行";
const CITIC: &str = "中信银行";
const CMBC: &str = "中国民生银行";
const CIB: &str = "兴业银行";
const SPDB: &str = "浦发银行";
const CEB: &str = "中国光大银行";
const HXB: &str = "华夏银行";
const CGB: &str = "广发银行";
const PAB: &str = "平安银行";

const ISSUERS: &[Issuer] = &[
    Issuer {
        bank: ICBC,
        kind: Savings,
        prefixes: &[620_058, 621_225, 621_226, 622_200, 622_202, 622_203, 622_208],
    },
    Issuer { bank: ICBC, kind: Credit, prefixes: &[622_230, 622_235, 622_237, 622_240, 622_245] },
    Issuer { bank: ABC, kind: Savings, prefixes: &[622_841, 622_845, 622_846, 622_848, 622_849, 621_282] },
    Issuer { bank: ABC, kind: Credit, prefixes: &[622_836, 622_837, 628_268] },
    Issuer {
        bank: BOC,
        kind: Savings,
        prefixes: &[456_351, 601_382, 621_660, 621_661, 621_663, 621_666, 621_785],
    },
    Issuer { bank: CCB, kind: Savings, prefixes: &[436_742, 621_284, 621_700, 622_280, 622_700] },
    Issuer { bank: CCB, kind: Credit, prefixes: &[436_718, 436_728, 436_738, 622_166, 622_168, 622_708] },
    Issuer {
        bank: BOCOM,
        kind: Savings,
        prefixes: &[405_512, 601_428, 622_258, 622_259, 622_260, 622_261, 622_262],
    },
    Issuer {
        bank: BOCOM,
        kind: Credit,
        prefixes: &[458_123, 458_124, 520_169, 521_899, 622_250, 622_252, 622_253],
    },
    Issuer {
        bank: PSBC,
        kind: Savings,
        prefixes: &[621_096, 621_098, 621_799, 622_150, 622_151, 622_188, 622_199],
    },
    Issuer { bank: PSBC, kind: Credit, prefixes: &[622_810, 622_811, 622_812] },
    Issuer {
        bank: CMB,
        kind: Savings,
        prefixes: &[410_062, 468_203, 621_483, 621_485, 621_486, 622_580, 622_588, 622_609],
    },
    Issuer {
        bank: CMB,
        kind: Credit,
        prefixes: &[439_188, 439_225, 439_226, 439_227, 518_710, 518_718, 545_947, 622_575],
    },
    Issuer {
        bank: CITIC,
        kind: Savings,
        prefixes: &[433_670, 433_680, 442_729, 622_690, 622_691, 622_696, 622_698],
    },
    Issuer {
        bank: CITIC,
        kind: Credit,
        prefixes: &[376_966, 376_968, 376_969, 403_391, 518_212, 520_108, 622_680],
    },
    Issuer {
        bank: CMBC,
        kind: Savings,
        prefixes: &[415_599, 421_393, 421_865, 427_570, 472_067, 622_615, 622_617, 622_622],
    },
    Issuer { bank: CMBC, kind: Credit, prefixes: &[407_405, 421_869, 421_870, 512_466, 622_600, 622_601] },
    Issuer { bank: CIB, kind: Savings, prefixes: &[438_588, 438_589, 622_908, 622_909] },
    Issuer { bank: CIB, kind: Credit, prefixes: &[451_289, 451_290, 486_493, 486_494, 622_901, 622_902] },
    Issuer {
        bank: SPDB,
        kind: Savings,
        prefixes: &[621_792, 621_793, 622_516, 622_518, 622_521, 622_522, 622_523],
    },
    Issuer { bank: SPDB, kind: Credit, prefixes: &[404_738, 404_739, 456_418, 498_451, 622_276, 622_277] },
    Issuer { bank: CEB, kind: Savings, prefixes: &[622_660, 622_662, 622_663, 622_664, 622_666, 622_670] },
    Issuer { bank: HXB, kind: Savings, prefixes: &[622_630, 622_631, 622_632, 622_633] },
    Issuer { bank: CGB, kind: Savings, prefixes: &[621_462, 622_568] },
    Issuer { bank: CGB, kind: Credit, prefixes: &[406_365, 406_366, 520_152, 622_555, 622_556, 622_558] },
    Issuer { bank: PAB, kind: Savings, prefixes: &[602_907, 621_626, 622_298, 623_058] },
    Issuer { bank: PAB, kind: Credit, prefixes: &[622_155, 622_156, 622_157] },
];

/// What is printed on cards beside the full name.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("工商银行", ICBC),
    ("农业银行", ABC),
    ("建设银行", CCB),
    ("邮政储蓄银行", PSBC),
    ("民生银行", CMBC),
    ("光大银行", CEB),
    ("浦东发展银行", SPDB),
    ("INDUSTRIALANDCOMMERCIALBANKOFCHINA", ICBC),
    ("AGRICULTURALBANKOFCHINA", ABC),
    ("CHINACONSTRUCTIONBANK", CCB),
    ("BANKOFCOMMUNICATIONS", BOCOM),
    ("CHINAMERCHANTSBANK", CMB),
];

/// Who has cards that begin so.
pub(super) fn by_number(digits: &str) -> Option<&'static Issuer> {
    let prefix: u32 = digits.get(..6)?.parse().ok()?;
    ISSUERS.iter().find(|issuer| issuer.prefixes.contains(&prefix))
}

/// The bank whose name stands in a line without spaces, and from which character to which.
pub(super) fn printed(line: &str) -> Option<(&'static str, usize, usize)> {
    let line = line.to_ascii_uppercase();
    let full = ISSUERS.iter().map(|issuer| (issuer.bank, issuer.bank));
    full.chain(SHORT_NAMES.iter().copied()).find_map(|(name, bank)| {
        let from = line[..line.find(name)?].chars().count();
        Some((bank, from, from + name.chars().count()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_one_banks() {
        let mut all: Vec<u32> = ISSUERS.iter().flat_map(|issuer| issuer.prefixes.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|prefix| (300_000..=699_999).contains(prefix)));
    }

    #[test]
    fn names_in_print() {
        assert_eq!(printed("中国工商银行"), Some((ICBC, 0, 6)));
        assert_eq!(printed("欢迎使用工商银行卡"), Some((ICBC, 4, 8)));
        assert_eq!(printed("ChinaMerchantsBank"), Some((CMB, 0, 18)));
        assert_eq!(printed("SPECIMENHOLDER"), None);
    }
}
