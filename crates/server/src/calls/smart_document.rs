//! `smart-document-recognizer`: the text of any page, and as much of its tables, forms, pairs and parts as is asked
//! for.

use std::collections::BTreeMap;

use ocr::kind::general_table::{Region, Table};
use ocr::kind::smart_document::{Area, AreaKind, Asked, Found, Pair, SmartDocument as Kind};
use wire::ocr::Invalid;
use wire::ocr::smart_document_recognizer::{
    Body, FormResult, KvBlock, KvResult, KvType, KvWordsBlock, LayoutBlock, LayoutResult, LayoutType,
    OcrResult, Parts, SmartDocument, TableBlock, TableResult, TableWordsBlock,
};

use super::Document;
use super::general_table::workbook;
use super::general_text::{language, words};

/// `smart-document-recognizer`.
#[derive(Debug)]
pub struct SmartDocumentRecognizer;

impl Document for SmartDocumentRecognizer {
    const CALL: &'static str = "smart-document-recognizer";
    type Kind = Kind;
    type Body = Body;
    type Result = Vec<SmartDocument>;

    fn asked(body: &Body) -> Result<Asked, Invalid> {
        body.names()?;
        let Parts { kv, table, layout, form, .. } = body.parts();
        Ok(Asked {
            pairs: kv,
            tables: table,
            forms: form,
            layout,
            characters: body.wants_characters(),
            single_orientation: body.is_of_one_orientation(),
            language: language(body.language())?,
            page: body.page()?,
        })
    }

    fn result(found: Found, body: &Body) -> Vec<SmartDocument> {
        let parts = body.parts();
        // What cannot be was refused before.
        let names = body.names().unwrap_or_default();
        let direction = found.page.direction;
        let words = words(found.page.blocks, body.wants_characters());
        let drawn = |tables: Vec<Table>| -> Vec<TableBlock> {
            tables.into_iter().map(|table| block(table, parts.excel)).collect()
        };
        let (tables, forms) = (drawn(found.tables), drawn(found.forms));
        let pairs: Vec<KvBlock> = found.pairs.into_iter().map(|pair| named(pair, &names)).collect();
        let areas: Vec<LayoutBlock> = found.areas.into_iter().map(|area| part(area, parts)).collect();
        vec![SmartDocument {
            ocr_result: OcrResult { direction, words_block_count: words.len(), words_block_list: words },
            kv_result: parts.kv.then_some(KvResult { kv_block_count: pairs.len(), kv_block_list: pairs }),
            table_result: parts
                .table
                .then_some(TableResult { table_count: tables.len(), table_list: tables }),
            layout_result: parts
                .layout
                .then_some(LayoutResult { layout_block_count: areas.len(), layout_block_list: areas }),
            form_result: parts.form.then_some(FormResult { form_count: forms.len(), form_list: forms }),
        }]
    }
}

fn named(pair: Pair, names: &BTreeMap<String, String>) -> KvBlock {
    let run = |part: ocr::kind::smart_document::Part| KvWordsBlock {
        words: part.words,
        location: part.location,
        kind: if part.is_key { KvType::Key } else { KvType::Value },
    };
    KvBlock {
        key: names.get(&pair.key).cloned().unwrap_or(pair.key),
        value: pair.value,
        words_block_count: pair.parts.len(),
        words_block_list: pair.parts.into_iter().map(run).collect(),
    }
}

fn block(table: Table, has_excel: bool) -> TableBlock {
    let cells = table.cells.iter().map(|cell| TableWordsBlock {
        words: cell.text(),
        rows: cell.rows.clone().collect(),
        columns: cell.columns.clone().collect(),
    });
    TableBlock {
        location: table.location,
        words_block_count: table.cells.len(),
        words_block_list: cells.collect(),
        excel: if has_excel { workbook(&[Region::Table(table)]) } else { None },
    }
}

fn part(area: Area, parts: Parts) -> LayoutBlock {
    let (kind, table, form) = match area.kind {
        AreaKind::Table(table) => (LayoutType::Table, Some(table), None),
        AreaKind::Form(form) => (LayoutType::Form, None, Some(form)),
        AreaKind::Text => (LayoutType::Text, None, None),
        AreaKind::Title => (LayoutType::Title, None, None),
        AreaKind::SubTitle => (LayoutType::SubTitle, None, None),
        AreaKind::TableCaption => (LayoutType::TableCaption, None, None),
        AreaKind::ImageCaption => (LayoutType::ImageCaption, None, None),
        AreaKind::Header => (LayoutType::Header, None, None),
        AreaKind::Footer => (LayoutType::Footer, None, None),
        AreaKind::PageNumber => (LayoutType::PageNumber, None, None),
        AreaKind::Footnote => (LayoutType::Footnote, None, None),
    };
    LayoutBlock {
        location: area.location,
        kind,
        text: area.text,
        words_ids: area.lines,
        table_id: table.filter(|_| parts.table),
        form_id: form.filter(|_| parts.form),
    }
}
