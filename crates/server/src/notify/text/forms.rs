//! The forms of a message: subject, short message, text and HTML body.

use std::fmt::Write;

use ledger::outbox::Matter;

use super::{Facts, Frame, Language, Words, frame, words};

/// A message ready to be sent by any channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Subject of an email.
    pub subject: String,
    /// The whole of a short message.
    pub sms: String,
    /// Body of an email as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// A matter as a message in a language.
pub fn message(language: Language, matter: &Matter, facts: &Facts) -> Message {
    let words = words(language, matter, facts);
    let frame = frame(language, facts);
    let mut links = Vec::new();
    if !facts.console.is_empty() {
        links.push((frame.console, facts.console.clone()));
    }
    links.extend(facts.recipients_page().map(|page| (frame.recipients, page)));
    let (text, html) = (text(&words, &frame, &links), html(&words, &frame, &links));
    Message { text, html, subject: words.subject, sms: words.sms }
}

fn text(words: &Words, frame: &Frame, links: &[(&str, String)]) -> String {
    let mut body = format!("{}\n", words.what);
    if !words.figures.is_empty() {
        let _ = write!(body, "\n{}\n", frame.figures);
        for (label, figure) in &words.figures {
            let _ = writeln!(body, "  {label}: {figure}");
        }
    }
    for (label, paragraph) in paragraphs(words, frame) {
        let _ = write!(body, "\n{label}\n  {paragraph}\n");
    }
    let _ = write!(body, "\n-- \n{}\n", frame.footer);
    for (label, url) in links {
        let _ = writeln!(body, "{label}{url}");
    }
    body
}

fn html(words: &Words, frame: &Frame, links: &[(&str, String)]) -> String {
    let mut body = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body style=\"font-family:sans-serif;line-height:1.5;color:#1c1c1c;max-width:40em\">\n<p><strong>{}</strong></p>\n",
        frame.lang,
        escape(&words.subject),
        escape(&words.what),
    );
    if !words.figures.is_empty() {
        let _ = writeln!(body, "<h2 style=\"font-size:1em\">{}</h2>\n<table>", escape(frame.figures));
        for (label, figure) in &words.figures {
            let (label, figure) = (escape(label), escape(figure));
            let _ = writeln!(
                body,
                "<tr><th scope=\"row\" style=\"text-align:left;font-weight:normal;padding-right:1em\">{label}</th>\
                 <td><strong>{figure}</strong></td></tr>"
            );
        }
        body.push_str("</table>\n");
    }
    for (label, paragraph) in paragraphs(words, frame) {
        let (label, paragraph) = (escape(label), escape(paragraph));
        let _ = writeln!(body, "<h2 style=\"font-size:1em\">{label}</h2>\n<p>{paragraph}</p>");
    }
    let _ = writeln!(body, "<hr>\n<p style=\"color:#5a5a5a\">{}</p>", escape(&frame.footer));
    for (label, url) in links {
        let (label, url) = (escape(label), escape(url));
        let _ = writeln!(body, "<p style=\"color:#5a5a5a\">{label}<a href=\"{url}\">{url}</a></p>");
    }
    body.push_str("</body></html>\n");
    body
}

fn paragraphs<'a>(words: &'a Words, frame: &Frame) -> impl Iterator<Item = (&'static str, &'a str)> {
    let until = words.until.as_deref().unwrap_or_default();
    let all = [(frame.why, words.why.as_str()), (frame.todo, words.todo.as_str()), (frame.until, until)];
    all.into_iter().filter(|(_, paragraph)| !paragraph.is_empty())
}

/// Text as HTML text or attribute: names and details come from outside.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
