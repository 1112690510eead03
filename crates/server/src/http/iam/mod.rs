//! IAM: who may call. Tokens, projects, the account, and keys for signing.

mod credentials;
mod projects;
mod tokens;

use super::routes::Routes;

/// All routes. Each handler but the one that gives tokens finds out who is calling before anything else.
pub fn routes() -> Routes {
    Routes::under("")
        .post("/v3/auth/tokens", tokens::create_token)
        .get("/v3/auth/tokens", tokens::show_token)
        .delete("/v3/auth/tokens", tokens::delete_token)
        .get("/v3/projects", projects::projects)
        .get("/v3/auth/projects", projects::projects)
        .get("/v3/auth/domains", projects::domains)
        .get("/v3.0/OS-CREDENTIAL/credentials", credentials::list)
        .post("/v3.0/OS-CREDENTIAL/credentials", credentials::create)
        .get("/v3.0/OS-CREDENTIAL/credentials/{access_key}", credentials::show)
        .put("/v3.0/OS-CREDENTIAL/credentials/{access_key}", credentials::change)
        .delete("/v3.0/OS-CREDENTIAL/credentials/{access_key}", credentials::delete)
}
