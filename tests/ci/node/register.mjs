// For `node --import`: what has to be in place before a script imports @actions/*.
import { register } from "node:module";

register("./imports.mjs", import.meta.url);
