//! Holds the documentation together: links and paths lead somewhere, decisions are listed, problems are named.

use std::fs;
use std::path::{Path, PathBuf};

use larder::domain::Kind;

use crate::support::sources::root;

/// The pages in a folder.
fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        entries(folder).filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    files.sort();
    files
}

/// The same in all folders below, too.
fn markdown_below(folder: &Path) -> Vec<PathBuf> {
    let below = entries(folder).filter(|path| path.is_dir()).flat_map(|folder| markdown_below(&folder));
    markdown(folder).into_iter().chain(below).collect()
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path())
}

fn pages() -> Vec<(PathBuf, String)> {
    let below = ["docs", "helm", "infra"].into_iter().flat_map(|folder| markdown_below(&root().join(folder)));
    markdown(&root())
        .into_iter()
        .chain(below)
        .map(|path| (path.clone(), fs::read_to_string(path).expect("text")))
        .collect()
}

/// The targets of links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link)
}

/// What stands in backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_link_leads_somewhere() {
    for (page, text) in pages() {
        for link in links(&text).filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let target = page.with_file_name(link.split('#').next().unwrap_or(link));
            assert!(target.exists(), "{}: {link}", page.display());
        }
    }
}

#[test]
fn every_path_of_the_source_that_is_named_is_there() {
    const FOLDERS: [&str; 5] = ["src/", "tests/", "docs/", "scripts/", "benches/"];
    for (page, text) in pages() {
        for command in code(&text).filter(|code| FOLDERS.iter().any(|folder| code.starts_with(folder))) {
            // A command has more words; pages of a part of the project speak of what is beside them.
            let path = command.split(' ').next().unwrap_or(command);
            let there = root().join(path).exists() || page.with_file_name(path).exists();
            assert!(there, "{}: `{path}`", page.display());
        }
    }
}

#[test]
fn every_decision_is_in_the_list() {
    let folder = root().join("docs/decisions");
    let list = fs::read_to_string(folder.join("README.md")).expect("the list");
    for page in markdown(&folder).iter().filter(|page| !page.ends_with("README.md")) {
        let name = page.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(list.contains(&format!("({name})")), "docs/decisions/README.md does not list {name}");
    }
}

#[test]
fn the_page_about_the_api_names_every_problem() {
    let page = fs::read_to_string(root().join("docs/api.md")).expect("docs/api.md");
    for kind in Kind::ALL {
        assert!(page.contains(&format!("`{}`", kind.name())), "docs/api.md does not name {}", kind.name());
    }
}
