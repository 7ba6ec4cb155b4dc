import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.KeyConstraintError;
import java.util.List;
import java.util.Set;

/** A unique index on one field that also serves queries which ask for more beside: the server filters what it finds. */
final class ExactIndex extends Index<Object> {
    private final Index<Object> unique;
    private final String field;

    ExactIndex(Index<Object> unique, List<IndexKey> keys, boolean sparse) {
        super(unique.getName(), keys, sparse);
        this.unique = unique;
        this.field = keys.get(0).getKey();
    }

    @Override
    public boolean canHandle(Document query) {
        return isPlain(valueIn(query, field)) || unique.canHandle(query);
    }

    @Override
    public Iterable<Object> getPositions(Document query) {
        Object value = valueIn(query, field);
        return unique.getPositions(isPlain(value) ? new Document(field, value) : query);
    }

    @Override
    public boolean isUnique() {
        return true;
    }

    @Override
    public Object getPosition(Document document) {
        return unique.getPosition(document);
    }

    @Override
    public void checkAdd(Document document, MongoCollection<Object> collection) {
        unique.checkAdd(document, collection);
    }

    @Override
    public void add(Document document, Object position, MongoCollection<Object> collection) {
        unique.add(document, position, collection);
    }

    @Override
    public Object remove(Document document) {
        return unique.remove(document);
    }

    @Override
    public long getCount() {
        return unique.getCount();
    }

    @Override
    public long getDataSize() {
        return unique.getDataSize();
    }

    @Override
    public void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
        unique.checkUpdate(before, after, collection);
    }

    @Override
    public void updateInPlace(Document before, Document after, Object position, MongoCollection<Object> collection)
        throws KeyConstraintError {
        unique.updateInPlace(before, after, position, collection);
    }

    @Override
    public void drop() {
        unique.drop();
    }

    /** What a query says of a field, when it is one value: plain, or by {@code $eq}. */
    static Object valueIn(Document query, String field) {
        Object said = query.get(field);
        return said instanceof Document by && by.keySet().equals(Set.of("$eq")) ? by.get("$eq") : said;
    }

    static boolean isPlain(Object value) {
        return value instanceof String || value instanceof Number;
    }
}
