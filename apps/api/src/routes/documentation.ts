import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Router } from 'express';
import { methodNotAllowed } from '../http/not-found.ts';
import { JSON_TYPE, keptAnswer } from '../http/send-json.ts';
import { openApiDocument } from '../openapi/document.ts';
import { OPERATIONS } from '../openapi/operations.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The files of Swagger UI: they come with the package, nothing is loaded from elsewhere. */
const SWAGGER_UI = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vatevo API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const SCRIPT = 'text/javascript; charset=utf-8';
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#page', deepLinking: true, validatorUrl: null });\n`;

/** `/openapi.json`, the API's description for programs, and `/docs`, the same for people. */
export function documentationRoutes(): Router {
  const router = Router();
  const serve = (at: string, type: string, content: string | Buffer) =>
    router.route(at).get(keptAnswer(type, content)).all(methodNotAllowed('GET'));
  const file = (name: string) => readFileSync(path.join(SWAGGER_UI, name));

  serve('/openapi.json', JSON_TYPE, JSON.stringify(openApiDocument(OPERATIONS, version)));
  serve('/docs', 'text/html; charset=utf-8', PAGE);
  serve('/docs/start.js', SCRIPT, START);
  serve('/docs/swagger-ui-bundle.js', SCRIPT, file('swagger-ui-bundle.js'));
  serve('/docs/swagger-ui.css', 'text/css; charset=utf-8', file('swagger-ui.css'));
  return router;
}
