//! Compares pages of `docs` with the source. `fips204.md`: every algorithm once, every function and test in the file that the
//! table names, every name as in the comments of the source. `constant-time.md`: exactly the declassifications of the source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// How many algorithms FIPS 204 has.
const ALGORITHMS: usize = 49;

/// A line of the table.
struct Row {
    number: usize,
    name: String,
    functions: Vec<String>,
    file: String,
    test_file: String,
    test: String,
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The texts in backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn one(cell: &str) -> String {
    let [quoted] = quoted(cell).try_into().unwrap_or_else(|_| panic!("not one name: {cell}"));
    quoted
}

/// A page of `docs`; `None` if the crate is not in its repository.
fn page(name: &str) -> Option<String> {
    let docs = crates().join("../docs");
    if !docs.is_dir() {
        println!("skipped: docs/{name} is not part of the package");
        return None;
    }
    Some(read(&docs.join(name)))
}

/// The table of the algorithms.
fn table() -> Option<Vec<Row>> {
    Some(page("fips204.md")?.lines().filter_map(row).collect())
}

/// All source files of the crate: their names from `src` on, and their text.
fn sources() -> Vec<(String, String)> {
    let src = crates().join("mldsa/src");
    let (mut folders, mut sources) = (vec![src.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&src).expect("below src").display().to_string();
                sources.push((name, read(&path)));
            }
        }
    }
    assert!(sources.len() > 20, "{} files", sources.len());
    sources
}

fn row(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.strip_prefix("| ")?.split('|').map(str::trim).collect();
    let number = cells[0].parse().ok()?;
    assert_eq!(cells.len(), 7, "six cells and what follows the last bar: {line}");
    let test: [String; 2] = quoted(cells[4]).try_into().expect("a file and a test");
    let [test_file, test] = test;
    let functions = quoted(cells[2]);
    assert!(!functions.is_empty(), "{line}");
    Some(Row { number, name: cells[1].into(), functions, file: one(cells[3]), test_file, test })
}

/// Whether `source` defines this function or type.
fn defines(source: &str, name: &str) -> bool {
    source.lines().any(|line| {
        ["fn ", "struct "].iter().any(|keyword| {
            line.split_once(keyword)
                .and_then(|(_, rest)| rest.strip_prefix(name))
                .is_some_and(|rest| rest.starts_with(['(', '<', ' ']))
        })
    })
}

#[test]
fn every_algorithm_stands_once() {
    let Some(rows) = table() else { return };
    let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=ALGORITHMS).collect::<Vec<_>>());
}

#[test]
fn every_function_and_test_is_where_the_table_says() {
    let Some(rows) = table() else { return };
    for Row { number, functions, file, test_file, test, .. } in rows {
        let source = read(&crates().join("mldsa/src").join(&file));
        for function in functions {
            assert!(defines(&source, &function), "algorithm {number}: no {function} in {file}");
        }
        let tests = read(&crates().join(&test_file));
        let found = tests.split("#[test]").skip(1).any(|after| {
            let name =
                after.split_once("fn ").and_then(|(_, rest)| rest.split_once('(')).map(|(name, _)| name);
            name == Some(&test)
        });
        assert!(found, "algorithm {number}: no test {test} in {test_file}");
    }
}

/// Comments say `Algorithm 36 (Decompose)`: the same number and name as the table.
#[test]
fn comments_in_the_source_agree() {
    let Some(rows) = table() else { return };
    let names: BTreeMap<usize, String> = rows.into_iter().map(|row| (row.number, row.name)).collect();
    let mut seen = BTreeMap::new();
    for (file, source) in sources() {
        for (number, name) in mentions(&source) {
            assert_eq!(names.get(&number), Some(&name), "algorithm {number} in {file}");
            *seen.entry(number).or_insert(0) += 1;
        }
    }
    // 4, 5 and 44 to 48 have no separate function; the tests contain 16 to 19 together.
    assert!(seen.len() >= 40, "only {} algorithms are named in comments: {seen:?}", seen.len());
}

/// All `Algorithm N (Name)` of a file.
fn mentions(source: &str) -> Vec<(usize, String)> {
    let after = source.split("Algorithm ").skip(1);
    after
        .filter_map(|text| {
            let (number, rest) = text.split_once(" (")?;
            Some((number.parse().ok()?, rest.split_once(')')?.0.to_owned()))
        })
        .collect()
}

/// Each reason to declassify, with the files that use it.
#[test]
fn reasons_are_those_of_the_page() {
    let Some(page) = page("assurance/constant-time.md") else { return };
    let start = page.find("| `Reason` |").expect("the table");
    let documented: BTreeMap<String, BTreeSet<String>> = page[start..]
        .lines()
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            let files = quoted(cells[3]).into_iter().filter(|name| name.ends_with(".rs")).collect();
            (one(cells[1]), files)
        })
        .collect();
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, source) in sources() {
        // Not in comments.
        for code in source.lines().map(|line| line.split("//").next().unwrap_or_default()) {
            for after in code.split("Reason::").skip(1) {
                let reason = after.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                used.entry(reason.to_owned()).or_default().insert(file.clone());
            }
        }
    }
    assert_eq!(documented, used);
}
