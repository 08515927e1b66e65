//! The SVG: a panel for each operation and parameter set, in each a bar for each library, as long as its time
//! relative to `mldsa-native-rs`.

use crate::inputs::Set;
use crate::libraries::{Key, Operation};
use crate::report::{Figure, Report};
use std::fmt::Write;

/// The library whose time is 1.
const UNIT: &str = "mldsa-native-rs";
/// Longer bars are cut off, and say so with an arrow.
const CUT: f64 = 4.0;

// Lengths in pixels.
const MARGIN: f64 = 16.0;
const LABELS: f64 = 218.0;
const BAR: f64 = 150.0;
const PANEL: f64 = 268.0;
const ROW: f64 = 17.0;
const HEAD: f64 = 30.0;

const STYLE: &str = "
text { font: 12px ui-sans-serif, 'Helvetica Neue', Arial, sans-serif; fill: #1f2328; }
.title { font-size: 15px; font-weight: 600; }
.head { font-weight: 600; }
.value { font-size: 11px; }
.note { font-size: 11px; fill: #59636e; }
.paper { fill: #ffffff; }
.peer { fill: #a8b1bb; }
.unit { fill: #6e7781; }
.expanded { fill: #0a5bd3; }
.ours { fill: #4a93f5; }
.one { stroke: #59636e; stroke-dasharray: 3 3; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .note { fill: #9198a1; }
  .paper { fill: #0d1117; }
  .peer { fill: #4c555f; }
  .unit { fill: #848d97; }
  .expanded { fill: #58a6ff; }
  .ours { fill: #2f6fc4; }
  .one { stroke: #9198a1; }
}
";

/// The bars of one operation: those with a held key (or one to be read, where the library has no other), then
/// those with an expanded one. Our own first.
fn bars(report: &Report, operation: Operation) -> Vec<(String, Key)> {
    let mut bars: Vec<(String, Key)> = Vec::new();
    for figure in report.figures.iter().filter(|figure| figure.operation == operation) {
        let has_held = report.figures.iter().any(|other| {
            other.library == figure.library && other.operation == operation && other.key == Key::Held
        });
        let bar = (figure.library.clone(), figure.key);
        if (figure.key != Key::Read || !has_held) && !bars.contains(&bar) {
            bars.push(bar);
        }
    }
    bars.sort_by_key(|(library, key)| {
        (!library.starts_with("ours"), *key != Key::Expanded && library.starts_with("ours"))
    });
    bars
}

/// Draws `report`.
pub fn svg(report: &Report) -> String {
    let sets: Vec<Set> = Set::ALL.into_iter().filter(|set| !report.libraries(*set).is_empty()).collect();
    let operations: Vec<(Operation, Vec<(String, Key)>)> = Operation::ALL
        .into_iter()
        .map(|operation| (operation, bars(report, operation)))
        .filter(|(_, bars)| !bars.is_empty())
        .collect();
    let rows: usize = operations.iter().map(|(_, bars)| bars.len()).sum();
    let width = 2.0 * MARGIN + LABELS + PANEL * sets.len() as f64;
    let height = 2.0 * MARGIN + 40.0 + HEAD * operations.len() as f64 + ROW * rows as f64 + 8.0;

    let mut svg = String::new();
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">"#
    );
    let _ =
        writeln!(svg, "<title>Time of ML-DSA operations relative to {UNIT}</title>\n<style>{STYLE}</style>");
    let _ = writeln!(svg, r#"<rect class="paper" width="{width}" height="{height}" rx="6"/>"#);
    let mut y = MARGIN + 14.0;
    text(&mut svg, MARGIN, y, "title", &format!("Time relative to {UNIT}: shorter is better"));
    y += 18.0;
    let note = format!(
        "{}, {}; one core. Keys are held in their encoding, or expanded where it says so. Bars over {CUT} are cut off (▸).",
        report.date, report.cpu
    );
    text(&mut svg, MARGIN, y, "note", &note);
    y += 8.0;
    for (operation, bars) in &operations {
        y += HEAD;
        text(&mut svg, MARGIN, y - 8.0, "head", operation.name());
        for (column, set) in sets.iter().enumerate() {
            text(&mut svg, panel_x(column), y - 8.0, "head", set.name());
        }
        let bottom = y + ROW * bars.len() as f64;
        for column in 0..sets.len() {
            let x = panel_x(column) + BAR / CUT;
            let _ = writeln!(svg, r#"<path class="one" d="M{x:.1} {y:.1}V{bottom:.1}"/>"#);
        }
        for (row, (library, key)) in bars.iter().enumerate() {
            let top = y + ROW * row as f64;
            let label =
                if *key == Key::Expanded { format!("{library}, expanded key") } else { library.clone() };
            text(&mut svg, MARGIN, top + 12.0, "label", &label);
            for (column, set) in sets.iter().enumerate() {
                if let Some(figure) = report.figure(*set, library, *operation, *key) {
                    bar(&mut svg, report, figure, panel_x(column), top);
                }
            }
        }
        y = bottom;
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel_x(column: usize) -> f64 {
    MARGIN + LABELS + PANEL * column as f64
}

fn bar(svg: &mut String, report: &Report, figure: &Figure, x: f64, top: f64) {
    let unit = [Key::None, Key::Held]
        .into_iter()
        .find_map(|key| report.figure(figure.set, UNIT, figure.operation, key))
        .map_or(f64::NAN, Figure::median);
    let time = figure.median();
    let ratio = time / unit;
    if ratio.is_nan() {
        text(svg, x, top + 12.0, "value", &format!("{time:.1} µs"));
        return;
    }
    let class = match (figure.library.starts_with("ours"), figure.key) {
        (true, Key::Expanded) => "expanded",
        (true, _) => "ours",
        (false, _) if figure.library == UNIT => "unit",
        (false, _) => "peer",
    };
    let length = BAR * ratio.min(CUT) / CUT;
    let _ = writeln!(
        svg,
        r#"<rect class="{class}" x="{x:.1}" y="{:.1}" width="{length:.1}" height="{:.1}" rx="2"/>"#,
        top + 2.0,
        ROW - 4.0
    );
    let arrow = if ratio > CUT { "▸ " } else { "" };
    // To the right of the line at 1, too.
    text(
        svg,
        x + length.max(BAR / CUT) + 4.0,
        top + 12.0,
        "value",
        &format!("{arrow}{ratio:.2} · {time:.1} µs"),
    );
}

/// One line of text. Nothing here needs escaping but what a CPU's name might bring.
fn text(svg: &mut String, x: f64, y: f64, class: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(svg, r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{text}</text>"#);
}
