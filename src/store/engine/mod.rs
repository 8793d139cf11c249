//! `domain::Store` over any backend: settings, schemas, patches, merged lists.
