//! What parts of a page say about themselves: the words, numbers and signs with which captions, notes, chapters and
//! numbers of pages begin.

/// With what the names of tables begin, and those of pictures.
pub(super) const TABLES: &[&str] = &["table", "表", "续表", "附表"];
pub(super) const IMAGES: &[&str] = &["figure", "fig", "图", "附图"];

/// Whether most of a text are letters.
pub(super) fn is_of_letters(text: &str) -> bool {
    let letters = text.chars().filter(|char| char.is_alphabetic()).count();
    letters * 2 >= text.chars().filter(|char| !char.is_whitespace()).count()
}

/// Whether a text begins with one of these words and a number.
pub(super) fn is_caption(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| {
        text.strip_prefix(word).is_some_and(|rest| {
            let rest = rest.trim_start_matches(['.', ' ']);
            rest.starts_with(|char: char| char.is_ascii_digit() || "一二三四五六七八九十".contains(char))
        })
    }) && !ends_sentence(&text)
}

pub(super) fn ends_sentence(text: &str) -> bool {
    text.ends_with(['。', '；', '！', '？', '.', ';', '!', '?', '，', ',', ':', '：'])
}

/// Whether it is a heading by its words: "第二章 …".
pub(super) fn is_chapter(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('第') else { return false };
    let number: String =
        rest.chars().take_while(|char| "一二三四五六七八九十百0123456789".contains(*char)).collect();
    let after = rest.get(number.len()..).and_then(|rest| rest.chars().next());
    !number.is_empty()
        && matches!(after, Some('章' | '节' | '篇'))
        && text.chars().count() <= 24
        && !ends_sentence(text)
}

/// Whether a text is the number of a page: a number by itself, between dashes, or named as one.
pub(super) fn is_page_number(text: &str) -> bool {
    let dense: String = text.to_lowercase().chars().filter(|char| !char.is_whitespace()).collect();
    let bare = dense.trim_matches(['-', '–', '—', '·', '•', '.', '~', '一']);
    let is_number =
        |text: &str| !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_of = |text: &str, of: &str| {
        text.split_once(of).is_some_and(|(a, b)| {
            is_number(a) && is_number(b) && a.parse::<u32>().unwrap_or(0) <= b.parse::<u32>().unwrap_or(0)
        })
    };
    if is_number(bare) || is_of(&dense, "/") {
        return true;
    }
    if let Some(rest) = dense.strip_prefix("page").or_else(|| dense.strip_prefix("p.")) {
        return is_number(rest) || is_of(rest, "of") || is_of(rest, "/");
    }
    let Some((number, after)) = dense.strip_prefix('第').and_then(|rest| rest.split_once('页')) else {
        return false;
    };
    let after = after.trim_start_matches([',', '，', '/', '(', '（']).trim_end_matches([')', '）']);
    let all = after.strip_prefix('共').and_then(|rest| rest.strip_suffix('页'));
    is_number(number) && (after.is_empty() || all.is_some_and(is_number))
}

/// Whether a text begins as notes do: with a number or a sign, or with the word.
pub(super) fn begins_note(text: &str) -> bool {
    let mut chars = text.chars();
    match chars.next() {
        Some('①'..='⑳' | '*' | '†' | '‡' | '※' | '[' | '¹' | '²' | '³') => true,
        Some(first) if first.is_ascii_digit() => {
            let rest = text.trim_start_matches(|char: char| char.is_ascii_digit());
            text.len() - rest.len() <= 2 && !rest.starts_with(['.', ',', '%', ':']) && !rest.is_empty()
        }
        _ => {
            ["注：", "注:", "注1", "note:", "notes:"].iter().any(|word| text.to_lowercase().starts_with(word))
        }
    }
}
