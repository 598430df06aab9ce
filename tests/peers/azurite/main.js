// Serves the blobs of Azurite, a double of Azure Storage, as the arguments say.
const path = require("node:path");

const home = path.dirname(require("node:fs").realpathSync(__filename));
require(path.join(home, "node_modules", "azurite", "dist", "src", "blob", "main.js"));
