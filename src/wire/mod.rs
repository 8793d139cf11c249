//! What crosses between the roles: messages and frames, and their translation to and from the domain.
